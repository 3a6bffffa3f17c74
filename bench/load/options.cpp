#include "bench/load/options.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

namespace fedhub::load {

namespace {

const std::map<std::string, scenario> scenarios{
  {"in", scenario::in},       {"out", scenario::out},   {"echo", scenario::echo},
  {"storm", scenario::storm}, {"idle", scenario::idle}, {"fan", scenario::fan},
  {"mixed", scenario::mixed}};
const std::map<std::string, stanza_mix> mixes{{"chat", stanza_mix::chat},
                                              {"kinds", stanza_mix::kinds}};

template <class T>
const char* name_of(const std::map<std::string, T>& names, T x) {
  for (const auto& [name, value] : names)
    if (value == x)
      return name.c_str();
  return "";
}

/// A stamp has four hexadecimal digits for the lane.
constexpr uint32_t most_lanes = 65536;

/// Outstanding stanzas of all lanes together: enough to fill the deepest pipeline of a server, too
/// few to measure how much a server hoards.
constexpr uint32_t all_windows = 32768;
constexpr size_t all_windows_octets = 16u << 20;
constexpr uint32_t most_window = 2048;
constexpr uint32_t least_window = 16;
constexpr uint32_t echo_window = 64;

uint32_t default_window(const options& options) {
  const auto all = static_cast<uint32_t>(
    std::min<size_t>(all_windows, all_windows_octets / options.size.value_or(mean_size)));
  return std::clamp(all / options.streams, least_window,
                    options.what == scenario::echo ? echo_window : most_window);
}

uint32_t default_streams(scenario chosen) {
  switch (chosen) {
  case scenario::idle:
  case scenario::fan:
    return 8000;
  case scenario::mixed:
    return 99;
  default:
    return 16;
  }
}

/// Checks rules for several options, which CLI11 cannot. @throws CLI::ValidationError
void check(const options& options, bool has_s2s) {
  const auto demand = [](bool holds, const char* text) {
    if (!holds)
      throw CLI::ValidationError(text);
  };
  demand(options.certificate.empty() || options.tls, "--certificate needs --tls");
  demand(options.pipe.has_value() == options.sink.has_value(),
         "--pipe and --sink must be given together");
  if (options.pipe_mode()) {
    demand(options.what == scenario::in || options.what == scenario::out
             || options.what == scenario::echo,
           "--pipe supports only the scenarios in, out and echo");
    demand(!has_s2s && !options.component, "--pipe excludes --s2s and --component");
    return;
  }
  demand(options.from_node() || has_s2s, "--s2s is missing");
  demand(options.component || !options.carries_stanzas(), "--component is missing");
  demand(!options.component || !options.secret.empty(), "--secret is missing");
  demand(options.streams <= most_lanes, "too many streams");
}

} // namespace

const char* to_string(scenario x) { return name_of(scenarios, x); }
const char* to_string(stanza_mix x) { return name_of(mixes, x); }

std::variant<options, int> parse_options(int argc, char** argv) {
  options options;
  CLI::App app{
    "fedhub-load: plays remote XMPP domains and the node around a server, and measures it",
    "fedhub-load"};
  app.set_version_flag("--version", FEDHUB_VERSION);

  const auto add_address = [&app](const char* name, auto& target, const char* help) {
    return app
      .add_option_function<std::string>(
        name, [&target](const std::string& text) { target = *address::parse(text); }, help)
      ->type_name("IPV4:PORT")
      ->check([](const std::string& text) {
        return address::parse(text) ? std::string{} : "not IPV4:PORT: " + text;
      });
  };

  // CLI11 itself would print the numbers of enumerators.
  const auto add_name = [&app](const char* name, auto& target, const auto& names,
                               const char* help) {
    return app
      .add_option_function<std::string>(
        name, [&target, &names](const std::string& text) { target = names.at(text); }, help)
      ->type_name("NAME")
      ->check(CLI::IsMember(names));
  };

  add_name("scenario", options.what, scenarios, "the scenario to play")->required();
  auto* s2s = add_address("--s2s", options.s2s, "the target's listener for remote servers");
  add_address("--component", options.component, "the target's listener for components");
  app.add_option("--secret", options.secret, "the component's secret");
  app.add_option("--domain", options.domain, "the component's domain")->capture_default_str();
  add_address("--pipe", options.pipe, "a TCP proxy's listener, instead of an XMPP server");
  add_address("--sink", options.sink, "the listener that the TCP proxy connects to");
  app.add_flag("--tls", options.tls,
               "STARTTLS on all S2S streams; with --pipe TLS towards the proxy");
  app
    .add_option("--certificate", options.certificate,
                "the remote domains' certificate chain and key in PEM, for *.load.example. With it "
                "they use SASL EXTERNAL where it is offered. Default: a self-signed certificate")
    ->type_name("FILE")
    ->check(CLI::ExistingFile);
  add_address("--world-listen", options.world_listen, "where the remote domains' servers listen")
    ->default_str(options.world_listen.str());
  add_address("--dns", options.dns, "where their name server listens")
    ->default_str(options.dns.str());
  auto* streams =
    app.add_option("--streams", options.streams, "remote domains; mixed adds one that never reads")
      ->check(CLI::Range(1U, most_lanes));
  app.add_option("--size", options.size, "octets of each stanza")->check(CLI::Range(100, 65536));
  auto* mix = add_name("--mix", options.mix, mixes, "kinds: message, presence and iq in turn")
                ->default_str("chat");
  auto* window = app.add_option("--window", options.window, "stanzas outstanding in each stream")
                   ->check(CLI::Range(1U, 1U << 20));
  app
    .add_option("--rate", options.rate,
                "stanzas/s in all, on schedule; default: as fast as possible")
    ->check(CLI::NonNegativeNumber);
  app.add_option("--warm-up", options.warm_up, "seconds of load before measuring")
    ->check(CLI::NonNegativeNumber)
    ->capture_default_str();
  app
    .add_option("--duration", options.duration,
                "seconds measured; SIGINT and SIGTERM end them early")
    ->check(CLI::Range(0.01, 86400.0))
    ->capture_default_str();
  app.add_option("--drain", options.drain, "seconds to wait for outstanding stanzas")
    ->check(CLI::NonNegativeNumber)
    ->capture_default_str();
  app.add_option("--handshakes", options.handshakes, "streams negotiated at once")
    ->check(CLI::Range(1U, most_lanes))
    ->capture_default_str();
  app
    .add_option(
      "--hosts", options.hosts,
      "servers on loopback that the remote domains share; default 8, in storm one for each domain")
    ->check(CLI::Range(1U, 1000U));
  app.add_flag("!--no-stuck", options.stuck, "mixed: without the domain that never reads");
  app.add_option("--watch", options.watch, "processes whose CPU and memory are measured")
    ->delimiter(',')
    ->allow_extra_args(false)
    ->type_name("PID");
  app.add_option("--label", options.label, "a label that is copied to the result");
  app.add_option("--json", options.json, "append the result to this file; -: standard output");
  app.add_flag("--quiet", options.quiet, "do not report progress");
  app.add_flag("--strict", options.strict,
               "exit with 3 if a stanza was lost, doubled, reordered or bounced");

  try {
    app.parse(argc, argv);
    if (streams->empty())
      options.streams = default_streams(options.what);
    if (window->empty())
      options.window = default_window(options);
    if (!options.size && mix->empty())
      options.size = mean_size;
    if (options.has_stuck())
      ++options.streams;
    check(options, !s2s->empty());
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return options;
}

} // namespace fedhub::load
