// The program: command line, signals, exit codes.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <future>
#include <initializer_list>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "actors/log/peer_log.hpp"
#include "actors/process/hub_process.hpp"
#include "actors/process/service_notifier.hpp"
#include "actors/process/start_check.hpp"
#include "actors/runtime/side_threads.hpp"
#include "conf/file/loader.hpp"

/// jemalloc's options, which it reads before `main` (jemalloc(3), TUNING). A background thread
/// returns memory that was free for a second to the system. So memory is returned after a burst of
/// streams even if the hub is idle then.
extern "C" {
const char* malloc_conf =
  "background_thread:true,max_background_threads:1,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

namespace {

/// Exit codes.
constexpr int exit_good = 0;
constexpr int exit_failed = 1;            ///< could not start, or was told to stop twice.
constexpr int exit_bad_configuration = 2; ///< also for `--check` and the command line.
/// Drained, but some stanzas could be neither delivered nor answered, since their senders did not
/// read.
constexpr int exit_lost = 3;

/// Prints the findings of `--check`. @returns the exit code.
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

/// The time that the process waits for a reader of its output.
constexpr std::chrono::seconds output_patience{1};
/// The time that a hub has to become ready if it is told to stop during its start.
constexpr std::chrono::seconds start_patience{5};
constexpr timespec look_again{0, 50'000'000};

/// Writes a text to standard output or standard error. Gives up if nobody reads it.
void say(int fd, std::string_view text) {
  while (!text.empty()) {
    pollfd writable{fd, POLLOUT, 0};
    constexpr auto patience = std::chrono::milliseconds(output_patience).count();
    if (::poll(&writable, 1, static_cast<int>(patience)) != 1)
      return;
    // A writable pipe takes this many octets without blocking (pipe(7)).
    const auto done = ::write(fd, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
    if (done <= 0)
      return;
    text.remove_prefix(static_cast<size_t>(done));
  }
}

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t result;
  sigemptyset(&result);
  for (int x : signals)
    sigaddset(&result, x);
  return result;
}

/// Waits for `work`, and calls `meanwhile` every `look_again`. @returns whether SIGTERM or SIGINT
/// came, or `until` passed, before it was done.
template <class T>
bool stopped_before(std::future<T>& work,
                    std::optional<std::chrono::steady_clock::time_point> until = {},
                    const std::function<void()>& meanwhile = {}) {
  const auto stop = set_of({SIGTERM, SIGINT});
  while (work.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    if (sigtimedwait(&stop, nullptr, &look_again) > 0
        || (until && std::chrono::steady_clock::now() >= *until))
      return true;
    if (meanwhile)
      meanwhile();
  }
  return false;
}

/// Reports a running hub to the service manager, in the thread that waits for signals: it needs no
/// worker of the hub, so it notices when they are stuck.
class hub_reports {
public:
  hub_reports(fedhub::hub_process& hub, fedhub::service_notifier& manager)
    : hub_{hub}, manager_{manager}, status_{"serving"} {
    for (const auto& listener : hub.listener_names())
      status_ += " " + listener;
  }

  void started() { manager_.ready(status_); }

  void reload() {
    manager_.reloading();
    reload_ = hub_.reload(); // answered no earlier than those before it
  }

  void stopping() {
    manager_.stopping();
    status_ = "draining";
  }

  /// Reports a sign of life, and the end of a reload. Call every `pause`.
  void look() {
    look_at_reload();
    manager_.beat(std::chrono::steady_clock::now(), hub_.ailment(), status_);
  }

  /// Returns how long to wait for a signal before the next look; nothing: until one comes.
  std::optional<timespec> pause() const {
    if (reload_)
      return look_again;
    const auto period = manager_.pause();
    if (!period)
      return {};
    const auto whole = std::chrono::floor<std::chrono::seconds>(*period);
    const std::chrono::nanoseconds rest{*period - whole};
    return timespec{whole.count(), rest.count()};
  }

private:
  void look_at_reload() {
    if (!reload_ || reload_->wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      return;
    const bool applied = reload_->get();
    reload_.reset();
    manager_.ready(applied ? status_ : status_ + ": the last reload was refused, see the log");
  }

  fedhub::hub_process& hub_;
  fedhub::service_notifier& manager_;
  std::string status_;
  std::optional<std::future<bool>> reload_; ///< of the last signal, until it is answered.
};

/// Runs the hub until SIGTERM or SIGINT, then drains it. A second signal ends the process at once.
/// @param stopping the first signal has already come.
void run(fedhub::hub_process& hub, fedhub::service_notifier& manager, const sigset_t& signals,
         bool stopping) {
  hub_reports reports{hub, manager};
  reports.started();
  while (!stopping) {
    const auto pause = reports.pause();
    const int signal =
      pause ? sigtimedwait(&signals, nullptr, &*pause) : sigwaitinfo(&signals, nullptr);
    stopping = signal > 0 && signal != SIGHUP;
    if (signal == SIGHUP)
      reports.reload();
    reports.look();
  }
  reports.stopping();
  auto draining = std::async(std::launch::async, [&hub] { hub.drain(); });
  if (stopped_before(draining, {}, [&reports] { reports.look(); }))
    std::_Exit(exit_failed);
}

/// Finishes the log. Ends the process at once if a log line or a side thread hangs. @returns
/// `code`.
int finish(int code) {
  const bool written = fedhub::finish_log(output_patience);
  if (!written || fedhub::side_threads::running() > 0)
    std::_Exit(code); // a running thread must not use objects that `exit` has destroyed
  return code;
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
    for (auto& warning : loaded.warnings)
      say(STDERR_FILENO, "warning: " + warning + '\n');
    for (auto& problem : loaded.problems)
      say(STDERR_FILENO, fedhub::conf::to_string(problem) + '\n');
    if (loaded.more_problems > 0)
      say(STDERR_FILENO, fedhub::conf::more_text(loaded.more_problems) + '\n');
    return exit_bad_configuration;
  }
  const auto source = fedhub::configuration_source::of(file, loaded, read_since);
  if (check)
    return report(file, fedhub::check_start(*loaded.value, source));

  auto manager = fedhub::service_notifier::from_environment();

  // Blocked before the first thread starts, so that only this thread receives them.
  const auto signals = set_of({SIGHUP, SIGTERM, SIGINT});
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  // On a thread of its own, since reading files may hang for ever on a file server.
  auto starting = std::async(std::launch::async,
                             [&] { return fedhub::hub_process::start(loaded.value, source); });
  const bool stopping = stopped_before(starting);
  if (stopping && stopped_before(starting, std::chrono::steady_clock::now() + start_patience))
    std::_Exit(exit_failed);
  auto hub = starting.get();
  if (!hub) {
    say(STDERR_FILENO, "fedhub: " + hub.error() + '\n');
    return finish(exit_failed);
  }
  say(STDOUT_FILENO, (*hub)->ready_line() + '\n');
  fedhub::hub_log("start").info("{}", (*hub)->ready_line(),
                                fedhub::fact::listeners((*hub)->listener_names()));
  run(**hub, manager, signals, stopping);
  const auto end = (*hub)->stop();
  if (end.lost > 0)
    fedhub::hub_log("lost stanzas")
      .warn("{} stanzas, or the answers to them, could not be delivered",
            fedhub::fact::stanzas(end.lost));
  fedhub::hub_log("stop").info("stopped: {}", fedhub::fact::detail(end.account));
  return finish(end.lost > 0 ? exit_lost : exit_good);
}
