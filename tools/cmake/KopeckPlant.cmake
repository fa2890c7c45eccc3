# KopeckPlant - faults that a test must find, each a change of one source that ships.
#
# kopeck_plant(NAME FILE "text that is there" "text instead" [and so on]) writes the changed copy of
# FILE to plants/NAME.c of this folder's build directory. Compiled into a program before the
# libraries, it is linked instead of theirs; the sources and what ships know nothing of it. A text
# that is not there once (any more) ends the configuration, so no plant goes stale unseen.
#
# kopeck_plant_program(TARGET NAME SOURCES main.c ... LINKS other ...): a program with that copy in it;
# the copy alone is compiled for it.
function(kopeck_plant name file)
  set(source ${CMAKE_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE 2 ${last} 2)
    math(EXPR next "${i} + 1")
    set(from "${ARGV${i}}")
    string(REPLACE "${from}" "" without "${text}")
    string(LENGTH "${text}${from}" whole)
    string(LENGTH "${without}${from}${from}" once)
    if(NOT whole EQUAL once)
      message(FATAL_ERROR "plant ${name}: ${file} does not hold once: ${from}")
    endif()
    string(REPLACE "${from}" "${ARGV${next}}" text "${text}")
  endforeach()
  file(CONFIGURE OUTPUT plants/${name}.c CONTENT "@text@" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY KOPECK_PLANTS ${name})
  set_property(DIRECTORY PROPERTY KOPECK_PLANT_${name} ${file})
endfunction()

function(kopeck_plant_program target name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  kopeck_made_once(objects "${A_LINKS}" ${A_SOURCES})
  add_executable(${target} ${objects} ${CMAKE_CURRENT_BINARY_DIR}/plants/${name}.c)
  target_compile_options(${target} PRIVATE -w ${KOPECK_QUICKLY} -g0)
  set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ${COVERAGE}) # counted for nothing there
  target_link_libraries(${target} PRIVATE ${A_LINKS})
  target_link_options(${target} PRIVATE ${KOPECK_LINK_TESTS} -Wl,--strip-debug) # hundreds of megabytes
endfunction()
