# skerry_proto_library(NAME PROTOS file.proto ... [GRPC] [ROOT dir] [DEPS target ...] [IMPORT_DIRS dir ...])
#
# A static library of the C++ that protoc makes of the given files, and with GRPC also of what protoc-gen-skerry makes:
# for user.proto the headers "user.pb.h" and "user.skerry.h". Works inside Skerry's tree and, through
# find_package(skerry), in other projects.
#
#   skerry_proto_library(user_proto PROTOS user.proto GRPC)
#   target_link_libraries(user_service PRIVATE user_proto skerry::service)
#
# PROTOS       files, relative to the current source directory
# ROOT         where imports start, and names of generated headers; the current source directory unless given
# DEPS         other libraries made by this function, defined before, whose files these import
# IMPORT_DIRS  further directories in which imports are looked up, without generating code for what is found there

function(skerry_proto_library name)
  cmake_parse_arguments(arg "GRPC" "ROOT" "PROTOS;DEPS;IMPORT_DIRS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_PROTOS)
    message(FATAL_ERROR "skerry_proto_library(${name}): needs PROTOS, and does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_ROOT)
    set(arg_ROOT ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  get_filename_component(root ${arg_ROOT} ABSOLUTE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/${name})

  set(import_dirs ${root})
  foreach(dependency IN LISTS arg_DEPS)
    get_target_property(directories ${dependency} SKERRY_PROTO_DIRS)
    if(directories)
      list(APPEND import_dirs ${directories})
    endif()
  endforeach()
  foreach(directory IN LISTS arg_IMPORT_DIRS)
    get_filename_component(directory ${directory} ABSOLUTE)
    list(APPEND import_dirs ${directory})
  endforeach()
  list(REMOVE_DUPLICATES import_dirs)
  set(options "")
  foreach(directory IN LISTS import_dirs)
    list(APPEND options --proto_path=${directory})
  endforeach()
  list(APPEND options --cpp_out=${out})
  if(arg_GRPC)
    list(APPEND options --plugin=protoc-gen-skerry=$<TARGET_FILE:skerry::protoc-gen-skerry> --skerry_out=${out})
  endif()

  set(sources "")
  foreach(path IN LISTS arg_PROTOS)
    get_filename_component(path ${path} ABSOLUTE)
    file(RELATIVE_PATH proto ${root} ${path})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    if(arg_GRPC)
      list(APPEND outputs ${out}/${stem}.skerry.cc ${out}/${stem}.skerry.h)
    endif()
    get_filename_component(folder ${out}/${stem} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    # The dependency file makes a change of an imported file generate again.
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc ${options} --dependency_out=${out}/${stem}.d ${proto}
      DEPENDS ${path} $<$<BOOL:${arg_GRPC}>:skerry::protoc-gen-skerry>
      DEPFILE ${out}/${stem}.d
      WORKING_DIRECTORY ${root}
      COMMENT "Generating C++ from ${proto}"
      VERBATIM)
    list(APPEND sources ${outputs})
  endforeach()

  add_library(${name} STATIC ${sources})
  # Generated code is not held to the warnings of the project that uses it.
  target_compile_options(${name} PRIVATE -w)
  target_compile_features(${name} PUBLIC cxx_std_23)
  target_include_directories(${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(${name} PUBLIC ${arg_DEPS} protobuf::libprotobuf)
  if(arg_GRPC)
    target_link_libraries(${name} PUBLIC skerry::grpc)
  endif()
  # Relative names of generated files repeat between libraries, so they must not be compiled as one unit.
  set_target_properties(${name} PROPERTIES SKERRY_PROTO_DIRS "${import_dirs}" UNITY_BUILD OFF)
endfunction()
