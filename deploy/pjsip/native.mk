# The compiling half of the build: PJSIP's libraries and the Python module, at the same time.
# build.py runs configure first and sets SRC, OUT, PYTHON_INCLUDE and EXT_SUFFIX.

include $(SRC)/build.mak

MODULE := $(OUT)/_pjsua2$(EXT_SUFFIX)

.PHONY: all libraries definitions
all: $(MODULE)

# The linker takes the search path from LD_RUN_PATH: each library finds its siblings beside it,
# wherever the wheel is installed, and no $ has to survive five levels of make.
libraries:
	+LD_RUN_PATH='$$ORIGIN' $(MAKE) -C $(SRC) lib

# -threads: every call into PJSIP gives up the interpreter lock, and callbacks take it.
$(OUT)/pjsua2_wrap.cpp:
	swig -w312 -threads -c++ $(filter -I%,$(APP_CXXFLAGS)) -python -outdir $(OUT) -o $@ \
	  $(SRC)/pjsip-apps/src/swig/pjsua2.i

# -Os: a file of 6 MB that only passes arguments on, off the audio path. Hidden, its 14 000 functions need no
# names: 3.3 MB instead of the 7.5 of -O0, 4 MB less of each process, for 45 s instead of 20 (170 at -O2).
$(OUT)/pjsua2_wrap.o: $(OUT)/pjsua2_wrap.cpp
	$(APP_CXX) $(APP_CXXFLAGS) -Os -fvisibility=hidden -I$(PYTHON_INCLUDE) -c -o $@ $<

$(MODULE): $(OUT)/pjsua2_wrap.o | libraries
	$(APP_CXX) -shared -o $@ $< -Wl,-rpath,'$$ORIGIN/lib' -Wl,--as-needed $(APP_LDXXFLAGS) $(APP_LDXXLIBS)

# What a program compiled against these headers must define too.
definitions:
	@echo $(filter -DPJ_%,$(APP_CXXFLAGS))
