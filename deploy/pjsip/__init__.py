"""Builds PJSIP and its Python module for the gateway, as one wheel: `python -m deploy.pjsip`.

Every prebuilt pjsua2 allows four calls a process, a limit compiled in; ours allows as many as
`config_site.h` says. Needs nothing but Python, so that it can run before anything is installed.

The words used here:

source    the pjproject release: given by the user, or taken from Debian's archive
patch     what PJSIP's authors mended after that release, or what we need otherwise
watched   built with AddressSanitizer, to find what mutated messages break
recipe    everything in this folder that decides what comes out of the compiler
wheel     distribution `pjsua2`: the Python module, the shared libraries, the headers
request   recipe, Python, machine and source asked for: names a wheel before its version is known
"""


class CannotBuildError(Exception):
    """PJSIP cannot be built here; the text is one line that says why and what would help."""
