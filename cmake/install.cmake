# What `cmake --install` installs, and where (GNUInstallDirs). The units name the installed program.
include(GNUInstallDirs)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

set(FEDHUB_UNIT_DIR "lib/systemd/system" CACHE PATH "Folder of the systemd units; relative to the prefix")
set(packaging ${CMAKE_SOURCE_DIR}/conf/packaging)
set(made ${CMAKE_BINARY_DIR}/packaging)

# The manual of the configuration is made from the comments of the default file, so it names every key.
add_custom_command(
  OUTPUT ${made}/fedhub.toml.5
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  COMMAND ${Python3_EXECUTABLE} ${packaging}/toml_manual.py ${CMAKE_SOURCE_DIR}/conf/default.toml ${PROJECT_VERSION}
          ${made}/fedhub.toml.5
  DEPENDS ${packaging}/toml_manual.py ${CMAKE_SOURCE_DIR}/conf/default.toml
  VERBATIM)
add_custom_target(manual ALL DEPENDS ${made}/fedhub.toml.5)

# The units in conf/ are those of a program in /usr/bin.
foreach(unit fedhub.service fedhub.socket fedhub-dns.socket)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/${unit})
  file(READ ${CMAKE_SOURCE_DIR}/conf/${unit} text)
  string(REPLACE "/usr/bin/fedhub" "${CMAKE_INSTALL_FULL_BINDIR}/fedhub" text "${text}")
  string(REPLACE "/etc/fedhub" "${CMAKE_INSTALL_FULL_SYSCONFDIR}/fedhub" text "${text}")
  file(CONFIGURE OUTPUT ${made}/${unit} CONTENT "${text}" @ONLY)
  install(FILES ${made}/${unit} DESTINATION ${FEDHUB_UNIT_DIR})
endforeach()

install(TARGETS fedhub fedhubctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(FEDHUB_HARDENED AND FEDHUB_SPLIT_DEBUG)
  # Debuggers look for NAME.debug in this folder beside the program.
  install(FILES ${CMAKE_BINARY_DIR}/fedhub.debug ${CMAKE_BINARY_DIR}/fedhubctl.debug
          DESTINATION ${CMAKE_INSTALL_BINDIR}/.debug COMPONENT debug)
endif()
install(FILES ${packaging}/fedhub.sysusers DESTINATION lib/sysusers.d RENAME fedhub.conf)
install(FILES ${packaging}/fedhub.tmpfiles DESTINATION lib/tmpfiles.d RENAME fedhub.conf)
install(FILES ${packaging}/fedhub.1 ${packaging}/fedhubctl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/fedhub.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${packaging}/fedhubctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME fedhubctl)

# An operator's configuration stays as it is.
install(CODE "
  set(to \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/fedhub\")
  if(NOT EXISTS \"\$ENV{DESTDIR}\${to}/fedhub.toml\")
    file(INSTALL \"${packaging}/fedhub.toml\" DESTINATION \"\${to}\")
  endif()")

install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/LICENSE
              ${CMAKE_SOURCE_DIR}/conf/default.toml ${CMAKE_SOURCE_DIR}/conf/fedhub-dns.conf
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md"
        PATTERN "figures" EXCLUDE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/conf/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/metrics/alerts ${CMAKE_SOURCE_DIR}/metrics/dashboards
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fedhub)
