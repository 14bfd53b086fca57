# Where "cmake --install" puts the programs. Units, man pages and completions come with the Debian
# packages (debian/).
include(GNUInstallDirs)
install(TARGETS pmxcfs-lite pmxctl pmx-notifyd pmx-mail-forward RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS pmx-notify RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
