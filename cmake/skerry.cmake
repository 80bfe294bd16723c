# skerry_library(NAME SRCS ... [DEPS ...] [TESTS ...] [TEST_DEPS ...])
#
# One folder, one library: target skerry_NAME, alias skerry::NAME, and, where TESTS are given, one test program
# NAME_test with a ctest entry for each test case. A library without SRCS is an interface library.
#
# skerry_fuzzer(NAME SRC DEPS ... [CORPUS DIR])
#
# One libFuzzer target. In an ordinary build it is linked with a driver that runs over its seed corpus and over random
# mutations of it, as a test; with SKERRY_BUILD_FUZZERS it becomes a libFuzzer program (./dev fuzz NAME SECONDS).

include(GNUInstallDirs)

# The headers that nearly every file includes, compiled once and shared by all targets.
set(SKERRY_COMMON_HEADERS
  <algorithm> <atomic> <chrono> <coroutine> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional>
  <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/core.h>)
add_library(skerry_pch OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cc)
target_precompile_headers(skerry_pch PRIVATE ${SKERRY_COMMON_HEADERS})
target_link_libraries(skerry_pch PRIVATE fmt::fmt)

function(skerry_use_pch target)
  target_precompile_headers(${target} REUSE_FROM skerry_pch)
endfunction()

# The same for test programs. Under a sanitizer the tests themselves are not optimised: it watches the libraries no
# less, and optimising the tests would be most of what a build does.
if(SKERRY_SANITIZE)
  set(SKERRY_TEST_OPTIONS -O0)
endif()
if(SKERRY_BUILD_TESTS)
  add_library(skerry_test_pch OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cc)
  target_precompile_headers(skerry_test_pch PRIVATE ${SKERRY_COMMON_HEADERS} <gtest/gtest.h>)
  target_link_libraries(skerry_test_pch PRIVATE fmt::fmt GTest::gtest)
  target_compile_options(skerry_test_pch PRIVATE ${SKERRY_TEST_OPTIONS})
endif()

# What ThreadSanitizer has to be told of librdkafka: part of every program that links it.
if(SKERRY_SANITIZE STREQUAL "thread")
  add_library(skerry_tsan_librdkafka OBJECT ${CMAKE_CURRENT_LIST_DIR}/tsan_librdkafka.cc)
  set_target_properties(skerry_tsan_librdkafka PROPERTIES UNITY_BUILD OFF)
endif()

# The test program of a folder: PREFIX names the ctest entries, so that two folders may have tests of the same name.
function(skerry_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gtest GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${SKERRY_TEST_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM skerry_test_pch)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

function(skerry_library name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS" ${ARGN})
  set(target skerry_${name})
  if(arg_SRCS)
    add_library(${target} STATIC ${arg_SRCS})
    target_include_directories(${target} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
    skerry_use_pch(${target})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${target} INTERFACE ${arg_DEPS})
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  add_library(skerry::${name} ALIAS ${target})
  if(SKERRY_BUILD_TESTS AND arg_TESTS)
    skerry_test(${name}_test SRCS ${arg_TESTS} DEPS skerry::${name} ${arg_TEST_DEPS})
  endif()
endfunction()

function(skerry_fuzzer name)
  cmake_parse_arguments(arg "" "SRC;CORPUS" "DEPS" ${ARGN})
  if(NOT SKERRY_BUILD_TESTS AND NOT SKERRY_BUILD_FUZZERS)
    return()
  endif()
  add_executable(${name}_fuzzer ${arg_SRC})
  target_include_directories(${name}_fuzzer PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_fuzzer PRIVATE ${arg_DEPS})
  if(SKERRY_BUILD_FUZZERS)
    target_link_options(${name}_fuzzer PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name}_fuzzer PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/driver.cc)
    add_test(NAME fuzz.${name} COMMAND ${name}_fuzzer ${arg_CORPUS})
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
