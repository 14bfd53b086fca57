# pmx_module(NAME DEPENDS target...): one library per folder.
#
# Every *.cpp of the folder belongs to the library NAME; every *_test.cpp to the test program
# NAME_test, which ctest runs. What a module may link is what it may include: tests/architecture
# checks that the #include lines agree.
function(pmx_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  list(REMOVE_ITEM sources ${tests} ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp "")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC pmx_compiler ${ARG_DEPENDS})
    pmx_precompiled(${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE pmx_compiler ${ARG_DEPENDS})
  endif()
  if(PMX_TESTS AND tests)
    pmx_test_program(${name}_test SOURCES ${tests} DEPENDS ${name} ${ARG_TEST_DEPENDS})
    add_test(NAME unit.${name} COMMAND ${name}_test)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit)
  endif()
endfunction()

# pmx_program(NAME SOURCES file... DEPENDS target...): a program in bin/.
function(pmx_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE pmx_compiler ${ARG_DEPENDS})
  pmx_precompiled(${name})
endfunction()
