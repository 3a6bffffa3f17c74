# fedhub_options: the flags that every target of the project is built with.
add_library(fedhub_options INTERFACE)
target_compile_features(fedhub_options INTERFACE cxx_std_20)
target_compile_options(fedhub_options INTERFACE -Wall -Wextra -Wnon-virtual-dtor)
if(FEDHUB_WERROR)
  target_compile_options(fedhub_options INTERFACE -Werror)
endif()
if(FEDHUB_HARDENED)
  add_compile_options(-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fcf-protection -fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ collects its garbage later, which takes 150 MB more and a fifth less time.
  target_compile_options(fedhub_options INTERFACE "SHELL:--param ggc-min-expand=300" "SHELL:--param ggc-min-heapsize=524288")
  target_compile_options(fedhub_options INTERFACE -fpch-preprocess) # ccache needs it with precompiled headers
endif()
target_include_directories(fedhub_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(fedhub_options INTERFACE FEDHUB_VERSION="${PROJECT_VERSION}")
set(CMAKE_CXX_EXTENSIONS OFF)

if(FEDHUB_SANITIZERS)
  target_compile_options(fedhub_options INTERFACE -fsanitize=${FEDHUB_SANITIZERS}
                                                  -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(fedhub_options INTERFACE -fsanitize=${FEDHUB_SANITIZERS})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  target_link_options(fedhub_options INTERFACE -fuse-ld=mold)
endif()

find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Threads REQUIRED)

# A whole build reads each header once for some sources of a room instead of once for each source, where the preset says so
# (CMAKE_UNITY_BUILD). Only sources of one room share a compilation, so names need to differ within a room alone.
function(fedhub_compile_by_room target)
  set(together 12)
  get_target_property(sources ${target} SOURCES)
  list(SORT sources)
  set(last_room)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH room)
    if(NOT room STREQUAL last_room)
      set(last_room "${room}")
      set(count 0)
    endif()
    cmake_path(GET room FILENAME name)
    math(EXPR part "${count} / ${together}")
    set_source_files_properties("${source}" TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP "${name}_${part}")
    math(EXPR count "${count} + 1")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# Gives a program the form in which it is installed: small. Debuggers find NAME.debug beside it, or where packages install
# such files.
function(fedhub_install_form program)
  if(FEDHUB_HARDENED AND FEDHUB_SPLIT_DEBUG)
    add_custom_command(
      TARGET ${program}
      POST_BUILD
      COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:${program}> $<TARGET_FILE:${program}>.debug
      COMMAND ${CMAKE_OBJCOPY} --strip-unneeded --add-gnu-debuglink=$<TARGET_FILE:${program}>.debug $<TARGET_FILE:${program}>
      VERBATIM)
  endif()
endfunction()
