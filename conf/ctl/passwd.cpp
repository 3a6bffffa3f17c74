#include "conf/ctl/passwd.hpp"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include <tl/expected.hpp>

#include "conf/ctl/invocation.hpp"
#include "conf/ctl/terminal.hpp"
#include "protocol/access/access_token.hpp"
#include "protocol/access/password_hash.hpp"

namespace fedhub::ctl {

namespace {

using expected_password = tl::expected<std::string, std::string>;

void wake_up(int) {} // so that a signal ends `read`

/// Hides what is typed on standard input while it exists. A signal that would end the program only
/// ends `read` meanwhile, so that the terminal shows again what is typed.
class hidden_input {
public:
  hidden_input() {
    struct sigaction interrupt = {};
    interrupt.sa_handler = &wake_up;
    for (size_t i = 0; i < signals.size(); ++i)
      ::sigaction(signals[i], &interrupt, &former_[i]);
    ::tcgetattr(STDIN_FILENO, &shown_);
    auto hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  hidden_input(const hidden_input&) = delete;
  hidden_input& operator=(const hidden_input&) = delete;
  ~hidden_input() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_);
    for (size_t i = 0; i < signals.size(); ++i)
      ::sigaction(signals[i], &former_[i], nullptr);
  }

private:
  static constexpr std::array<int, 4> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  termios shown_ = {};
  std::array<struct sigaction, signals.size()> former_ = {};
};

/// Reads up to the end of a line, or of the input.
expected_password read_line() {
  std::string line;
  char octet = 0;
  for (;;) {
    const auto count = ::read(STDIN_FILENO, &octet, 1);
    if (count < 0)
      return tl::unexpected{std::string{errno == EINTR ? "interrupted" : "can't read"}};
    if (count == 0 || octet == '\n')
      return line;
    if (line.size() >= password_hash::most_password_octets)
      return tl::unexpected{"a password has at most "
                            + std::to_string(password_hash::most_password_octets) + " octets"};
    line += octet;
  }
}

expected_password ask(std::string_view question) {
  static_cast<void>(write_all(STDERR_FILENO, question));
  auto line = read_line();
  static_cast<void>(write_all(STDERR_FILENO, "\n"));
  return line;
}

expected_password read_password() {
  if (::isatty(STDIN_FILENO) == 0)
    return read_line();
  const hidden_input hidden;
  auto first = ask("Password: ");
  if (!first)
    return first;
  auto second = ask("The same again: ");
  if (second && *second != *first)
    return tl::unexpected{std::string{"the passwords differ"}};
  return second;
}

} // namespace

int print_user_row(const std::string& name, const std::string& role, const call_output& output) {
  const auto password = read_password();
  std::string fault;
  if (!password)
    fault = password.error();
  else if (password->size() < least_password_octets)
    fault = "a password has at least " + std::to_string(least_password_octets) + " octets";
  if (!fault.empty()) {
    output.complain(fault + '\n');
    return exit_wrong_call;
  }
  const auto hash = password_hash::of(*password, random_octets(password_hash::salt_octets));
  return output.print("[[admin.user]]\nname = \"" + name + "\"\npassword_hash = \"" + hash.str()
                        + "\"\nrole = \"" + role + "\"\n",
                      exit_good);
}

} // namespace fedhub::ctl
