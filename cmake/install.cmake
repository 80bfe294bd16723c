# skerry_install(): installs the library for projects outside: find_package(skerry CONFIG) gives skerry::base and so on.
#
# What is installed: every library below skerry/ but those that only tests use, the libraries of the tree that these are
# linked with (generated messages), their headers, the package files with skerry_proto_library, and the programs skerry
# and protoc-gen-skerry.

include(CMakePackageConfigHelpers)

# Adds to the list in `result` the libraries below the folder.
function(skerry_libraries_of folder result)
  set(found ${${result}})
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type MATCHES "^(STATIC|INTERFACE)_LIBRARY$" AND NOT target MATCHES "_testing$")
      list(APPEND found ${target})
    endif()
  endforeach()
  get_property(children DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(child IN LISTS children)
    if(NOT child MATCHES "/testing$")
      skerry_libraries_of(${child} found)
    endif()
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# Adds to the list in `result` what its libraries are linked with, as far as it is built here.
function(skerry_add_linked result)
  set(waiting ${${result}})
  set(all ${waiting})
  while(waiting)
    list(POP_FRONT waiting target)
    set(linked)
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(names ${target} ${property})
      if(names)
        list(APPEND linked ${names})
      endif()
    endforeach()
    foreach(name IN LISTS linked)
      string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" name "${name}")
      if(TARGET "${name}")
        get_target_property(original ${name} ALIASED_TARGET)
        if(original)
          set(name ${original})
        endif()
        get_target_property(imported ${name} IMPORTED)
        if(NOT imported AND NOT name IN_LIST all)
          list(APPEND all ${name})
          list(APPEND waiting ${name})
        endif()
      endif()
    endforeach()
  endwhile()
  set(${result} ${all} PARENT_SCOPE)
endfunction()

# The headers that protoc and the generator wrote stand beside the sources, under the path that is included; below a
# folder of the library's own where skerry_proto_library made them.
function(skerry_install_generated_headers target)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(source MATCHES "^${PROJECT_BINARY_DIR}/(.*/generated/${target}/)?(.*)\\.(pb|skerry)\\.cc$")
      get_filename_component(folder "${CMAKE_MATCH_2}" DIRECTORY)
      string(REGEX REPLACE "\\.cc$" ".h" header ${source})
      install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
    endif()
  endforeach()
endfunction()

function(skerry_install)
  set(libraries)
  skerry_libraries_of(${PROJECT_SOURCE_DIR}/skerry libraries)
  skerry_add_linked(libraries)
  foreach(target IN LISTS libraries)
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      target_compile_features(${target} PUBLIC cxx_std_23)
      skerry_install_generated_headers(${target})
    endif()
  endforeach()

  set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/skerry)
  # The generator is part of the package: skerry_proto_library runs it in the project outside.
  install(TARGETS ${libraries} protoc-gen-skerry EXPORT skerryTargets)
  if(TARGET skerry)
    install(TARGETS skerry)
  endif()
  install(EXPORT skerryTargets NAMESPACE skerry:: DESTINATION ${package_folder})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/skerry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h" PATTERN "testing" EXCLUDE PATTERN "*_test_support.h" EXCLUDE)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/skerryConfig.cmake.in
    ${PROJECT_BINARY_DIR}/package/skerryConfig.cmake INSTALL_DESTINATION ${package_folder})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/skerryConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES
    ${PROJECT_BINARY_DIR}/package/skerryConfig.cmake ${PROJECT_BINARY_DIR}/package/skerryConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake ${PROJECT_SOURCE_DIR}/cmake/skerry_protobuf.cmake
    DESTINATION ${package_folder})
endfunction()
