// The program fedhubctl.
#include <langinfo.h>
#include <signal.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conf/ctl/command_line.hpp"
#include "conf/ctl/run.hpp"
#include "conf/ctl/terminal.hpp"

namespace {

/// Returns a variable of the environment; empty if it is not set.
std::string environment(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): there is one thread
  return value ? value : "";
}

/// Returns whether the user's locale has UTF-8.
bool has_utf8() {
  std::setlocale(LC_CTYPE, "");                               // NOLINT(concurrency-mt-unsafe)
  return std::string_view{::nl_langinfo(CODESET)} == "UTF-8"; // NOLINT(concurrency-mt-unsafe)
}

} // namespace

int main(int argc, char** argv) {
  namespace ctl = fedhub::ctl;
  ::signal(SIGPIPE, SIG_IGN); // a write then fails with EPIPE
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto called = ctl::parse_command_line(words, {environment("FEDHUB_SOCKET"), now});
  if (const auto* nothing = std::get_if<ctl::nothing_asked>(&called)) {
    static_cast<void>(ctl::write_all(STDOUT_FILENO, nothing->output));
    static_cast<void>(ctl::write_all(STDERR_FILENO, nothing->error));
    return nothing->exit_code;
  }
  return ctl::run(std::get<ctl::invocation>(called),
                  {environment("FEDHUB_TOKEN"), environment("COLUMNS"), has_utf8()});
}
