# Pjsip::pjsua: the PJSIP that the Python module pjsua2 runs on. Something linked to it shares that
# module's globals (endpoint, conference bridge), because it is the same library in memory.

get_filename_component(_pjsip_root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
set(Pjsip_VERSION "@VERSION@")

if(NOT TARGET Pjsip::pjsua)
  file(GLOB _pjsip_libraries "${_pjsip_root}/lib/lib*.so.*")
  add_library(Pjsip::pjsua INTERFACE IMPORTED)
  set_target_properties(Pjsip::pjsua PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${_pjsip_root}/include"
    INTERFACE_COMPILE_DEFINITIONS "@DEFINITIONS@"
    INTERFACE_LINK_LIBRARIES "${_pjsip_libraries}"
    # Not those of pjsua2 and not those nothing is used of.
    INTERFACE_LINK_OPTIONS "LINKER:--as-needed")
endif()
