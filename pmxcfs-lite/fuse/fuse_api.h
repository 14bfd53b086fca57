// libfuse's low-level API, the version of it that Debian 12 has.
#pragma once

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
