# Every header compiles alone: what a folder compiled as one would hide. Built by `./dev tidy`.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/engine/*.hpp
     ${CMAKE_SOURCE_DIR}/search/*.hpp)
foreach(header ${headers})
  string(REPLACE "/" "_" stem ${header})
  set(source ${CMAKE_BINARY_DIR}/headers/${stem}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n")
  list(APPEND header_sources ${source})
endforeach()
add_library(headers_alone OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_link_libraries(headers_alone PRIVATE perflaw_web Eigen3::Eigen)
set_target_properties(headers_alone PROPERTIES UNITY_BUILD OFF)
