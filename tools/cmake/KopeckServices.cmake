# KopeckServices - the names of proto/services.def: KOPECK_JOURNALS are those with a journal,
# KOPECK_FACES those without, KOPECK_SERVICES both, and KOPECK_CORES the libraries of the first.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/services.def)

function(kopeck_names kind out)
  file(STRINGS ${CMAKE_SOURCE_DIR}/proto/services.def lines REGEX "^${kind}\\([a-z_]+, ")
  list(TRANSFORM lines REPLACE "^${kind}\\(([a-z_]+), .*" "\\1")
  set(${out} ${lines} PARENT_SCOPE)
endfunction()

kopeck_names(SERVICE KOPECK_JOURNALS)
kopeck_names(FACE KOPECK_FACES)
set(KOPECK_SERVICES ${KOPECK_JOURNALS} ${KOPECK_FACES})
list(TRANSFORM KOPECK_JOURNALS APPEND _core OUTPUT_VARIABLE KOPECK_CORES)
