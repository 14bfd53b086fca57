# What keeps a build short: precompiled headers, and several sources compiled as one. Both can be
# switched off, and then every source is compiled by itself: scripts/lint does that, and so must
# every source include what it uses.
option(PMX_UNITY "Compile the sources of a folder together" ON)
option(PMX_PRECOMPILED_HEADERS "Compile the headers of libraries once" ON)

# As many sources of a folder as are compiled together. More would be faster from nothing, and
# slower after a change of one source.
set(CMAKE_UNITY_BUILD ${PMX_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)

# Headers of the standard library and of the libraries that many sources include; none of the
# project's own, so that a change of those leaves the precompiled header as it is.
set(PMX_COMMON_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <deque>
  <filesystem> <fstream> <functional> <future> <iomanip> <iostream> <limits> <map> <memory> <mutex>
  <optional> <random> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map>
  <utility> <variant> <vector>
  <nlohmann/json.hpp> <tl/expected.hpp>)
set(PMX_TEST_HEADERS ${PMX_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)

# One precompiled header for all of the project's code and one for all tests: they differ in the
# flags that they are compiled with.
function(pmx_add_precompiled name)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE pmx_compiler nlohmann_json::nlohmann_json tl::expected)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()
if(PMX_PRECOMPILED_HEADERS)
  pmx_add_precompiled(pmx_common_headers ${PMX_COMMON_HEADERS})
  if(PMX_TESTS)
    pmx_add_precompiled(pmx_test_headers ${PMX_TEST_HEADERS})
    target_link_libraries(pmx_test_headers PRIVATE GTest::gtest GTest::gmock)
    target_compile_options(pmx_test_headers PRIVATE -O0)
  endif()
endif()

# pmx_precompiled(TARGET...): these see the common headers precompiled.
function(pmx_precompiled)
  if(PMX_PRECOMPILED_HEADERS)
    foreach(target ${ARGN})
      target_precompile_headers(${target} REUSE_FROM pmx_common_headers)
    endforeach()
  endif()
endfunction()

# pmx_test_program(TARGET [OPTIMISED] SOURCES source... DEPENDS target...): a program of tests in
# tests/. What runs once is not worth optimising; what computes for long is OPTIMISED, as the preset
# says.
function(pmx_test_program target)
  cmake_parse_arguments(ARG "OPTIMISED" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE pmx_compiler ${ARG_DEPENDS} GTest::gtest GTest::gmock
                        GTest::gtest_main)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(ARG_OPTIMISED)
    pmx_precompiled(${target})
    return()
  endif()
  target_compile_options(${target} PRIVATE -O0)
  if(PMX_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM pmx_test_headers)
  endif()
endfunction()
