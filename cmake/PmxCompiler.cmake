# Flags that every target of the project shares.
add_library(pmx_compiler INTERFACE)
target_compile_options(pmx_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
target_include_directories(pmx_compiler INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/pmxcfs-lite)
target_compile_definitions(pmx_compiler INTERFACE PMX_VERSION="${PROJECT_VERSION}")
# What some libraries ask for, everywhere: a precompiled header serves sources with the same flags
# only.
target_compile_options(pmx_compiler INTERFACE -pthread -D_LARGEFILE64_SOURCE)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives from inlined std::string and std::variant code at -O2.
  target_compile_options(pmx_compiler INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()

if(PMX_SANITIZE)
  add_compile_options(-fsanitize=${PMX_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PMX_SANITIZE})
endif()
if(PMX_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# A clone elsewhere finds what this one compiled. What is sloppy lets it keep what was compiled with
# a precompiled header. Whether there is a ccache or an lld is asked once: a build folder in which all
# is compiled already would have to do it again when one is installed.
if(NOT DEFINED PMX_CCACHE)
  find_program(PMX_CCACHE ccache)
endif()
if(PMX_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${PMX_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
if(NOT DEFINED PMX_LLD)
  find_program(PMX_LLD ld.lld)
endif()
if(PMX_LLD)
  add_link_options(-fuse-ld=lld)
endif()
