#include "conf/ctl/command_line.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include "conf/ctl/config_tasks.hpp"
#include "conf/ctl/paged_list.hpp"
#include "conf/ctl/tasks.hpp"
#include "protocol/text/printable_text.hpp"

namespace fedhub::ctl {

namespace {

/// The words of a call, each where its option or argument is.
struct arguments {
  std::string socket;
  std::string url;
  std::string token_file;
  std::string pattern;
  std::string sort;
  std::string leg;
  std::string domain;
  std::string id;
  std::string name;
  std::string module;
  std::string level;
  std::string duration;
  std::string from;
  std::string to;
  std::string key;
  std::string since;
  event_filter events;
  std::vector<std::string> what;
  std::string table;
  std::string identity;
  std::vector<std::string> settings;
  size_t rows = 0; ///< 0: as many as fit.
  bool as_json = false;
  bool all = false;
  bool failing = false;
  bool follow = false;
  bool connect = false;
  bool origin = false;
  bool dry_run = false;
};

/// The longest path that a Unix socket can have (unix(7)).
constexpr size_t longest_socket_path = 107;
constexpr size_t longest_complaint = 120;

/// Checks a value that a script may have left empty by mistake.
std::string not_empty(const std::string& text) { return text.empty() ? "is empty" : ""; }

/// The parser with all commands. Parsing calls `make` of the command that was called.
class command_parser {
public:
  explicit command_parser(moment now) : now_(now) {
    app_.set_version_flag("--version", std::string{"fedhubctl "} + FEDHUB_VERSION);
    usages_[&app_] = " [--socket PATH | --url URL] [--json] COMMAND";
    app_.fallthrough(); // the options below may stand after the command as well
    app_
      .add_option("--socket", words_.socket,
                  "the hub's Unix socket (default: $FEDHUB_SOCKET, else "
                  "/run/fedhub/admin.sock)")
      ->type_name("PATH")
      ->check(not_empty);
    app_.add_option("--url", words_.url, "the hub's management listener, instead of the socket")
      ->type_name("URL")
      ->check(not_empty)
      ->excludes("--socket");
    app_
      .add_option("--token-file", words_.token_file,
                  "with --url: a file with the token (default: $FEDHUB_TOKEN)")
      ->type_name("FILE")
      ->check(not_empty)
      ->needs("--url");
    app_.add_flag("--json", words_.as_json, "print the API's answers unchanged");
    app_.footer("Exit codes: 0 good, 1 bad news, 2 wrong call, 3 the hub does not answer.");
    add_looks();
    add_actions();
    add_questions();
    app_.require_subcommand(1);
  }

  /// @throws CLI::ParseError, wrong_argument
  task parse(std::vector<std::string> words) {
    std::ranges::reverse(words); // as CLI11 wants them
    app_.parse(std::move(words));
    return make_();
  }

  const arguments& words() const { return words_; }
  CLI::App& app() { return app_; }

  /// Returns how the called command is used.
  std::string usage() {
    const auto* command = &app_;
    std::string words = "fedhubctl";
    while (!command->get_subcommands().empty()) {
      command = command->get_subcommands().front();
      words += ' ' + command->get_name();
    }
    return words + usages_.at(command);
  }

private:
  using maker = std::function<task()>;

  /// @param usage the arguments, for the line on the usage; empty or with a space before it.
  CLI::App* add(CLI::App& parent, const char* name, const char* usage, const char* about,
                maker make) {
    auto* command = parent.add_subcommand(name, about);
    usages_[command] = usage;
    command->final_callback([this, make = std::move(make)] {
      if (!make_)
        make_ = make;
    });
    return command;
  }
  CLI::App* add(const char* name, const char* usage, const char* about, maker make) {
    return add(app_, name, usage, about, std::move(make));
  }

  void add_rows(CLI::App* command) {
    auto* rows = command->add_option("--limit", words_.rows, "rows to show")
                   ->type_name("N")
                   ->check(CLI::Range(size_t{1}, most_rows));
    command->add_flag("--all", words_.all, "show all rows, also those beyond the screen")
      ->excludes(rows);
  }

  void add_looks();
  void add_actions();
  void add_questions();
  void add_configuration(CLI::App& config);

  moment now_;
  arguments words_;
  maker make_; ///< of the innermost command that was called.
  std::map<const CLI::App*, std::string> usages_;
  CLI::App app_{"fedhubctl: looks at a running fedhub and operates it", "fedhubctl"};
};

/// Commands that look at the hub.
void command_parser::add_looks() {
  add("status", "", "the hub in one page", status_task);
  auto* domains =
    add("domains", " [PATTERN] [--failing] [--sort KEY]", "remote domains, and how each is",
        [this] { return domains_task(words_.pattern, words_.failing, words_.sort); });
  domains->add_option("PATTERN", words_.pattern,
                      "a part of the name, or a pattern such as \"*.example\"");
  domains->add_flag("--failing", words_.failing, "only those whose last attempt failed");
  domains->add_option("--sort", words_.sort, "a field of the rows; --sort=-KEY: the largest first")
    ->type_name("KEY");
  add_rows(domains);
  add("domain", " NAME", "one remote domain: streams, attempts, rule, certificate",
      [this] { return domain_task(words_.domain); })
    ->add_option("NAME", words_.domain)
    ->required();
  auto* streams = add("streams", " [PATTERN] [--leg LEG]", "streams",
                      [this] { return streams_task(words_.pattern, words_.leg); });
  streams->add_option("PATTERN", words_.pattern, "a part of the peer's name, or a pattern");
  streams->add_option("--leg", words_.leg, "s2s-in, s2s-out, node-component, …")->type_name("LEG");
  add_rows(streams);
  add_rows(add("nodes", "", "the servers and components behind the hub", nodes_task));
  auto* notifications =
    add("notifications", " [ack ID]", "what needs a person", notifications_task);
  add_rows(notifications);
  add(*notifications, "ack", " ID", "acknowledge one",
      [this] { return acknowledge_task(words_.id); })
    ->add_option("ID", words_.id)
    ->required();
  auto* events = add("events", " [--follow] [--domain D] [--kind K] [--since 2h]",
                     "the history, newest first", [this] {
                       return words_.follow ? follow_task(words_.events)
                                            : events_task(words_.events, words_.since, now_);
                     });
  events->add_option("--domain", words_.events.domain)->type_name("DOMAIN");
  events->add_option("--kind", words_.events.kind, "attempt, stream, refusal, trust, …")
    ->type_name("KIND");
  auto* since = events->add_option("--since", words_.since, "2h, 7d or 2026-11-30T11:00:00Z")
                  ->type_name("TIME");
  add_rows(events);
  events->add_flag("--follow", words_.follow, "show each event when it happens, until Ctrl-C")
    ->excludes(since);
  add_rows(add("audit", "", "management actions and changes of the configuration", audit_task));
}

/// Commands that change something.
void command_parser::add_actions() {
  add("retry", " DOMAIN", "try to reach a domain now", [this] { return retry_task(words_.domain); })
    ->add_option("DOMAIN", words_.domain)
    ->required();
  add("close", " DOMAIN|STREAM", "close a stream, or all streams of a domain",
      [this] { return close_task(words_.name); })
    ->add_option("DOMAIN|STREAM", words_.name)
    ->required();
  auto* dns = add("dns", " flush [NAME]", "the cache of DNS answers", {});
  dns->require_subcommand(1);
  add(*dns, "flush", " [NAME]", "forget cached answers", [this] {
    return dns_flush_task(words_.name);
  })->add_option("NAME", words_.name, "only the answers for this name");
  auto* log = add("log", " [MODULE LEVEL [--for 10m]]",
                  "levels of the log; with MODULE and LEVEL set one", [this] {
                    return words_.module.empty()
                             ? log_task()
                             : set_log_task(words_.module, words_.level, words_.duration);
                  });
  auto* module = log->add_option("MODULE", words_.module);
  auto* level = log->add_option("LEVEL", words_.level);
  module->needs(level);
  log->add_option("--for", words_.duration, "fall back to the old level after 10m, 2h, …")
    ->type_name("TIME")
    ->needs(level);
  add("reload", "", "read the configuration files again", reload_task);
}

/// Commands that ask what would happen, and what is set.
void command_parser::add_questions() {
  auto* explain =
    add("explain", " FROM TO [--connect]", "what would happen to a stanza between two addresses",
        [this] { return explain_task(words_.from, words_.to, words_.connect); });
  explain->add_option("FROM", words_.from)->required();
  explain->add_option("TO", words_.to)->required();
  explain->add_flag("--connect", words_.connect, "connect to the other server as well");
  add("check", " [dns|certificates|reach|nodes|estate]...",
      "the hub's own set-up: DNS, certificates, …", [this] { return check_task(words_.what); })
    ->add_option("WHAT", words_.what, "default: all")
    ->check(CLI::IsMember(checked_parts()));
  auto* config = add("config", " show|set|add|remove|history|undo|check", "the configuration", {});
  config->require_subcommand(1);
  add_configuration(*config);
}

/// Commands about the configuration.
void command_parser::add_configuration(CLI::App& config) {
  auto* show = add(config, "show", " [KEY] [--origin]", "values in force",
                   [this] { return config_task(words_.key, words_.origin); });
  show->add_option("KEY", words_.key, "a key, or a table: limits");
  show->add_flag("--origin", words_.origin, "show where each value comes from");
  const auto with_dry_run = [this](CLI::App* command) {
    command->add_flag("--dry-run", words_.dry_run, "only judge the change");
    return command;
  };
  with_dry_run(add(config, "set", " KEY=VALUE... [--dry-run]", "set keys; KEY=null takes one back",
                   [this] { return set_config_task(words_.settings, words_.dry_run); }))
    ->add_option("KEY=VALUE", words_.settings, "a value in JSON, or a text")
    ->required();
  auto* row = with_dry_run(
    add(config, "add", " TABLE KEY=VALUE... [--dry-run]", "add a row, or change it",
        [this] { return add_config_task(words_.table, words_.settings, words_.dry_run); }));
  row->add_option("TABLE", words_.table, "static_route, trust, node, …")->required();
  row->add_option("KEY=VALUE", words_.settings, "a value in JSON, or a text")->required();
  auto* removed =
    with_dry_run(add(config, "remove", " TABLE IDENTITY [--dry-run]", "remove a row", [this] {
      return remove_config_task(words_.table, words_.identity, words_.dry_run);
    }));
  removed->add_option("TABLE", words_.table, "static_route, trust, node, …")->required();
  removed->add_option("IDENTITY", words_.identity, "a name, a domain, or \"DOMAIN ADDRESS\"")
    ->required();
  add_rows(add(config, "history", "", "the last changes by this command and the API",
               config_history_task));
  with_dry_run(add(config, "undo", " [--dry-run]", "take the last change back",
                   [this] { return undo_config_task(words_.dry_run); }));
  add(config, "check", "", "judge the files as they are now, and show what a reload would change",
      check_config_task);
}

nothing_asked wrong_call(command_parser& parser, const std::string& what) {
  return {exit_wrong_call,
          {},
          "fedhubctl: " + printable(what, longest_complaint) + "\nusage: " + parser.usage() + '\n'};
}

/// @throws wrong_argument
hub_endpoint endpoint_of(const arguments& words, const call_context& context) {
  if (!words.url.empty()) {
    auto url = hub_url::parse(words.url);
    if (!url)
      throw wrong_argument("--url: " + url.error());
    return {{}, *url, words.token_file};
  }
  auto socket = !words.socket.empty()     ? words.socket
                : !context.socket.empty() ? context.socket
                                          : default_socket;
  if (socket.size() > longest_socket_path)
    throw wrong_argument("the socket's path has more than 107 octets");
  return {std::move(socket), {}, {}};
}

std::optional<size_t> rows_of(const arguments& words) {
  if (words.all)
    return most_rows;
  return words.rows > 0 ? std::optional{words.rows} : std::nullopt;
}

} // namespace

std::variant<invocation, nothing_asked> parse_command_line(const std::vector<std::string>& words,
                                                           const call_context& context) {
  command_parser parser{context.now};
  try {
    auto asked = parser.parse(words);
    return invocation{endpoint_of(parser.words(), context), std::move(asked),
                      parser.words().as_json, rows_of(parser.words())};
  } catch (const CLI::Success& help) {
    std::ostringstream output;
    std::ostringstream error;
    parser.app().exit(help, output, error);
    return nothing_asked{exit_good, output.str(), error.str()};
  } catch (const CLI::RequiredError& error) {
    const auto unknown = parser.app().remaining(true);
    return wrong_call(parser,
                      unknown.empty() ? error.what() : "unknown command " + unknown.front());
  } catch (const CLI::ParseError& error) {
    return wrong_call(parser, error.what());
  } catch (const wrong_argument& error) {
    return wrong_call(parser, error.what());
  }
}

} // namespace fedhub::ctl
