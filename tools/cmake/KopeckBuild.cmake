# KopeckBuild - the warnings, hardening and sanitizers every target gets, the libraries we stand on,
# and the three functions that the folders' CMakeLists use.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libczmq libzmq)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
# Of msgpack-c we use the templates of its headers alone (proto/wire.h) and link nothing. Its pkg-config
# file is of no use: it has another name on each system, and Debian 13's names a folder that is not there.
find_path(MSGPACK_INCLUDE msgpack/pack_template.h REQUIRED)
add_library(msgpack INTERFACE IMPORTED)
target_include_directories(msgpack SYSTEM INTERFACE ${MSGPACK_INCLUDE})
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl) # tests alone, as servers
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(PANGOCAIRO REQUIRED IMPORTED_TARGET pangocairo cairo-pdf)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

set(SANITIZE "" CACHE STRING "empty, address,undefined or thread or memory")
# A sanitizer's run-time, and the counters that a coverage build writes at its end, want more than a
# process of ours may.
include(CMakeDependentOption)
option(COVERAGE "count which lines and branches ran (gcc; tests/analysis/coverage)" OFF)
cmake_dependent_option(SANDBOX "processes give up what they do not need (services/process/security/sandbox.h)"
                       ON "NOT SANITIZE;NOT COVERAGE" OFF)
option(QUICK "what a sanitizer watches is not optimized: it is soon there and runs slowly" OFF)
option(FUZZ "build the libFuzzer targets (clang only)" OFF)
if(FUZZ)
  set(SANITIZE "fuzzer-no-link,address,undefined")
endif()

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow -Werror -Wstrict-prototypes -Wmissing-prototypes
                    -Wvla -Wformat=2 -fno-strict-aliasing)
set(optimized -O2)
if(SANITIZE AND QUICK)
  set(optimized -O0)
endif()
add_compile_options($<$<NOT:$<CONFIG:Debug>>:${optimized}>)
include_directories(${CMAKE_SOURCE_DIR})
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(COVERAGE)
  # Some tests end processes while they count. Where threads run the same code, counters must be atomic, which
  # makes a core five to eight times as slow: so only there.
  add_compile_options(--coverage)
  set(KOPECK_THREADED -fprofile-update=atomic)
  add_link_options(--coverage -Wl,--wrap=_exit)
  add_library(count_at_exit STATIC ${CMAKE_SOURCE_DIR}/tests/analysis/count_at_exit.c)
  link_libraries(count_at_exit)
  set(KOPECK_UNCOUNTED -fno-profile-arcs -fno-test-coverage) # of what nobody asks for, and soon there
endif()
if(SANITIZE)
  add_compile_options(-fsanitize=${SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SANITIZE})
else()
  # No -fcf-protection: Debian's start files (crti.o) lack its mark, so no program would have CET
  # (lint/hardening). Paths are cut off, so that the same sources are the same bytes wherever they are
  # built (analysis/reproducible).
  add_compile_options(-fstack-protector-strong -fstack-clash-protection
                      $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>
                      -ffile-prefix-map=${CMAKE_BINARY_DIR}=build -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# kopeck_library(NAME SOURCES a.c ... LINKS other ...): one layer or one core. The global property
# KOPECK_LIBRARIES has each as FOLDER/:NAME.
function(kopeck_library name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC ${A_LINKS})
  target_compile_options(${name} PRIVATE -Wconversion -Wno-sign-conversion)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(GLOBAL APPEND PROPERTY KOPECK_LIBRARIES ${folder}/:${name})
endfunction()

# What tests alone are made of is linked by lld, if it is there: hundreds of programs, in a quarter of
# the time. What ships is linked by the compiler's own linker.
find_program(LLD ld.lld)
mark_as_advanced(LLD)
# Nor does it run for long: it is compiled so that it is soon there.
if(NOT SANITIZE)
  set(KOPECK_QUICKLY $<$<NOT:$<CONFIG:Debug>>:-O1> $<$<NOT:$<CONFIG:Debug>>:-g1>)
endif()
set(KOPECK_LINK_TESTS $<$<BOOL:${LLD}>:-fuse-ld=lld>)
if(SANITIZE OR COVERAGE)
  add_link_options(${KOPECK_LINK_TESTS})
endif()

# kopeck_made_once(OUT LINKS SOURCE...): sources that several tests share are compiled once for all of
# them. OUT gets their objects; LINKS is a list of what they need to be compiled. The object of a main or
# of a test of its own is that program's.
function(kopeck_made_once out links)
  set(objects "")
  foreach(source ${ARGN})
    if(source MATCHES "^\\$<")
      list(APPEND objects ${source})
      continue()
    endif()
    get_filename_component(path ${source} ABSOLUTE)
    string(MD5 key ${path})
    get_property(target GLOBAL PROPERTY KOPECK_OBJECT_${key})
    if(NOT target)
      get_filename_component(name ${source} NAME_WE)
      string(SUBSTRING ${key} 0 6 short)
      set(target ${name}_${short})
      add_library(${target} OBJECT ${path})
      target_link_libraries(${target} PRIVATE ${links})
      target_compile_definitions(${target} PRIVATE KOPECK_VERSION="${PROJECT_VERSION}")
      set_property(GLOBAL PROPERTY KOPECK_OBJECT_${key} ${target})
    endif()
    list(APPEND objects $<TARGET_OBJECTS:${target}>)
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()

# The program is made of this source of its own alone.
function(kopeck_owns target source)
  get_filename_component(path ${source} ABSOLUTE)
  string(MD5 key ${path})
  set_property(GLOBAL PROPERTY KOPECK_OBJECT_${key} ${target})
endfunction()

# kopeck_program(NAME SOURCES a.c ... LINKS other ...): an executable in build/bin. The global property
# KOPECK_PROGRAMS has each as FOLDER/:NAME.
function(kopeck_program name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_LINKS})
  list(LENGTH A_SOURCES count)
  if(count EQUAL 1 AND NOT A_SOURCES MATCHES "^\\$<")
    kopeck_owns(${name} ${A_SOURCES})
  endif()
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(GLOBAL APPEND PROPERTY KOPECK_PROGRAMS ${folder}/:${name})
endfunction()

# kopeck_test(KIND NAME SOURCES a.c ... LINKS other ...): a cmocka program, run as KIND/NAME. Its first
# source is its own, the others may be other tests' too.
function(kopeck_test kind name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  list(POP_FRONT A_SOURCES own)
  kopeck_made_once(objects "${A_LINKS};PkgConfig::CMOCKA" ${A_SOURCES})
  add_executable(test_${name} ${own} ${objects})
  kopeck_owns(test_${name} ${own})
  target_link_libraries(test_${name} PRIVATE ${A_LINKS} PkgConfig::CMOCKA)
  target_link_options(test_${name} PRIVATE ${KOPECK_LINK_TESTS})
  add_test(NAME ${kind}/${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 360)
  endif()
  set_tests_properties(${kind}/${name} PROPERTIES TIMEOUT ${A_TIMEOUT})
endfunction()
