# fedhub_options: the flags that every target of the project is built with.
add_library(fedhub_options INTERFACE)
target_compile_features(fedhub_options INTERFACE cxx_std_20)
target_compile_options(fedhub_options INTERFACE -Wall -Wextra -Werror -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(fedhub_options INTERFACE -fpch-preprocess) # lets ccache see into precompiled headers
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
