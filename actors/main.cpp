// The program: command line, signals, exit codes.
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <future>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "actors/hub_process.hpp"
#include "actors/log.hpp"
#include "actors/start_check.hpp"
#include "conf/loader.hpp"

/// What jemalloc reads before `main` (jemalloc(3), TUNING). What was free for 5 s goes back to the
/// system by a thread of its own, so that a burst of streams leaves no more than it has to, in a
/// hub that has fallen quiet too.
extern "C" {
const char* malloc_conf =
  "background_thread:true,max_background_threads:1,dirty_decay_ms:5000,muzzy_decay_ms:0";
}

namespace {

/// Exit codes.
constexpr int exit_good = 0;
constexpr int exit_failed = 1;            ///< could not start, or was told twice to stop.
constexpr int exit_bad_configuration = 2; ///< of `--check` and of the command line too.
/// Drained, but for stanzas that could be neither delivered nor answered: their senders did not
/// read.
constexpr int exit_lost = 3;

/// Prints what `--check` has found. @returns the exit code.
int report(const std::string& file, const fedhub::file_findings& found) {
  for (auto& warning : found.warnings)
    std::cerr << "warning: " << warning << '\n';
  for (auto& error : found.errors)
    std::cerr << error << '\n';
  if (!found.errors.empty())
    return exit_bad_configuration;
  std::cout << file << ": good\n";
  return exit_good;
}

/// Runs the hub until SIGTERM or SIGINT, then drains it. A second one ends the process at once.
void run(fedhub::hub_process& hub, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0)
      continue;
    if (signal != SIGHUP)
      break;
    hub.reload();
  }
  auto draining = std::async(std::launch::async, [&hub] { hub.drain(); });
  constexpr timespec look_again{0, 50'000'000};
  while (draining.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    auto signal = sigtimedwait(&signals, nullptr, &look_again);
    if (signal == SIGTERM || signal == SIGINT)
      std::_Exit(exit_failed);
  }
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"fedhub, a federation hub for XMPP: one daemon between the federated world and your "
               "own servers."};
  std::string file;
  bool check = false;
  app.add_option("--config", file, "Configuration file (TOML)")->required();
  app.add_flag("--check", check,
               "Check the configuration file, report all problems and exit: 0 good, 2 bad");
  app.set_version_flag("--version", std::string("fedhub ") + FEDHUB_VERSION);
  app.footer(
    "Signals: SIGHUP reads the configuration file again; SIGTERM and SIGINT drain and stop.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_good : exit_bad_configuration;
  }

  const auto read_since = std::chrono::system_clock::now();
  auto loaded = fedhub::conf::load_file(file);
  if (!loaded) {
    for (auto& problem : loaded.problems)
      std::cerr << fedhub::conf::to_string(problem) << '\n';
    return exit_bad_configuration;
  }
  const fedhub::configuration_source source{file, loaded.files, read_since, loaded.secret_files};
  if (check)
    return report(file, fedhub::check_start(*loaded.value, source));

  // Blocked before the first thread starts, so that `sigwait` alone takes them.
  sigset_t signals;
  sigemptyset(&signals);
  for (int x : {SIGHUP, SIGTERM, SIGINT})
    sigaddset(&signals, x);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto hub = fedhub::hub_process::start(loaded.value, source);
  if (!hub) {
    std::cerr << "fedhub: " << hub.error() << '\n';
    return exit_failed;
  }
  std::cout << (*hub)->ready_line() << std::endl;
  fedhub::log(fedhub::log_module::hub).info("{}", (*hub)->ready_line());
  run(**hub, signals);
  const auto end = (*hub)->stop();
  if (end.lost > 0)
    fedhub::log(fedhub::log_module::hub)
      .warn("{} stanzas or answers to them were taken by nobody", end.lost);
  fedhub::log(fedhub::log_module::hub).info("stopped: {}", end.account);
  return end.lost > 0 ? exit_lost : exit_good;
}
