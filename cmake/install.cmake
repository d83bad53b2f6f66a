# What `cmake --install` puts where (GNUInstallDirs), and the Debian package of it.
install(TARGETS perflaw RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY configs DESTINATION ${perflaw_shared})
install(DIRECTORY ${CMAKE_BINARY_DIR}/page DESTINATION ${perflaw_shared})
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# The program writes its own manual and completions.
set(written ${CMAKE_BINARY_DIR}/written)
add_custom_command(OUTPUT ${written}/perflaw.1
  COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:perflaw> -DOUT=${written} -P ${CMAKE_SOURCE_DIR}/cmake/written.cmake
  DEPENDS perflaw cmake/written.cmake VERBATIM)
add_custom_target(perflaw_written ALL DEPENDS ${written}/perflaw.1)
install(DIRECTORY ${written}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${written}/bash/perflaw DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${written}/zsh/_perflaw DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${written}/fish/perflaw.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME perflaw)
set(CPACK_PACKAGE_CONTACT "The perflaw authors <perflaw@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "scores and searches language-model architectures")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS gnuplot-nox)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
include(CPack)
