#include "bench/load/result.hpp"

#include <cstdarg>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace fedhub::load {

namespace {

std::string row(const char* name, const std::string& value) {
  char text[256];
  std::snprintf(text, sizeof text, "  %-28s %s\n", name, value.c_str());
  return text;
}

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  return text;
}

std::string count(uint64_t x) { return std::to_string(x); }

bool has_latency(const options& x) { return x.rate > 0 || x.what == scenario::echo; }

} // namespace

std::string to_json(const options& opts, const result& x) {
  nlohmann::ordered_json line{
    {"scenario", to_string(opts.what)},
    {"label", opts.label},
    {"tls", opts.tls},
    {"pipe", opts.pipe_mode()},
    {"streams", opts.streams - opts.has_stuck()},
    {"size", opts.size.value_or(mean_size)},
    {"mix", to_string(opts.mix)},
    {"window", opts.rate > 0 ? 0 : opts.window},
    {"rate", opts.rate},
    {"seconds", x.seconds},
    {"sent", x.sent},
    {"received", x.received},
    {"unsent", x.unsent},
    {"lost", x.lost},
    {"doubled", x.doubled},
    {"reordered", x.reordered},
    {"bounced", x.bounced},
    {"unexpected_closes", x.unexpected_closes},
    {"last_close", x.last_close},
    {"retries", x.retries},
    {"stanzas_per_second", x.stanzas_per_second},
    {"octets_per_second", x.octets_per_second},
    {"cpu_seconds", x.cpu_seconds},
    {"cpu_seconds_per_million", x.cpu_seconds_per_million},
    {"generator_cpu_seconds", x.generator_cpu_seconds},
    {"rss_kib_before", x.rss_kib_before},
    {"rss_kib_after", x.rss_kib_after},
    {"rss_kib_peak", x.rss_kib_peak},
  };
  if (has_latency(opts))
    line["latency_us"] = {{"p50", x.latency.p50}, {"p90", x.latency.p90},
                          {"p99", x.latency.p99}, {"p999", x.latency.p999},
                          {"max", x.latency.max}, {"count", x.latency.count}};
  switch (opts.what) {
  case scenario::storm:
    line["pairs"] = x.pairs;
    line["pairs_by_certificate"] = x.certified;
    line["pairs_failed"] = x.pairs_failed;
    line["pairs_per_second"] = x.pairs_per_second;
    line["cpu_ms_per_pair"] = x.cpu_ms_per_pair;
    break;
  case scenario::idle:
    line["kib_per_stream"] = x.kib_per_stream;
    line["idle_cpu_share"] = x.idle_cpu_share;
    line["world_connections"] = x.world_connections;
    break;
  case scenario::mixed:
    line["stuck"] = opts.stuck;
    line["stuck_sent"] = x.stuck_sent;
    line["stuck_received"] = x.stuck_received;
    line["stuck_bounced"] = x.stuck_bounced;
    line["stuck_kept"] = x.stuck_kept;
    break;
  default:
    break;
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_table(const options& opts, const result& x) {
  std::string text =
    format("%s, %u streams, %s%s%s%s\n", to_string(opts.what), opts.streams - opts.has_stuck(),
           opts.tls ? "TLS" : "plain", opts.pipe_mode() ? ", pipe" : "",
           opts.label.empty() ? "" : ", ", opts.label.c_str());
  if (opts.what == scenario::storm) {
    text += row("new pairs", format("%.0f/s", x.pairs_per_second));
    text += row("CPU for a pair", format("%.3f ms", x.cpu_ms_per_pair));
    text += row("pairs, by certificate, failed",
                count(x.pairs) + ", " + count(x.certified) + ", " + count(x.pairs_failed));
  } else if (opts.what == scenario::idle) {
    text += row("memory for a stream", format("%.1f KiB", x.kib_per_stream));
    text += row("CPU while idle", format("%.2f%% of a core", 100 * x.idle_cpu_share));
    text += row("connections to the world", count(x.world_connections));
  } else {
    text += row("stanzas", format("%.0f/s", x.stanzas_per_second));
    text += row("octets", format("%.1f MB/s", x.octets_per_second / 1e6));
    text += row("CPU for a million", format("%.3f s", x.cpu_seconds_per_million));
    text += row("sent, received", count(x.sent) + ", " + count(x.received));
    text += row("lost, doubled, reordered",
                count(x.lost) + ", " + count(x.doubled) + ", " + count(x.reordered));
    text += row("bounced", count(x.bounced));
    if (x.unsent != 0)
      text += row("due, but never sent", count(x.unsent));
  }
  if (has_latency(opts))
    text += row("latency p50/p90/p99/p99.9/max",
                format("%.0f / %.0f / %.0f / %.0f / %.0f us", x.latency.p50, x.latency.p90,
                       x.latency.p99, x.latency.p999, x.latency.max));
  if (opts.has_stuck())
    text += row("the stuck: bounced, kept", count(x.stuck_bounced) + ", " + count(x.stuck_kept));
  text += row("CPU, and the generator's", format("%.2f s, %.2f s in %.2f s", x.cpu_seconds,
                                                 x.generator_cpu_seconds, x.seconds));
  text += row("memory before, after, peak",
              format("%.1f, %.1f, %.1f MiB", static_cast<double>(x.rss_kib_before) / 1024,
                     static_cast<double>(x.rss_kib_after) / 1024,
                     static_cast<double>(x.rss_kib_peak) / 1024));
  if (!x.last_close.empty())
    text += row("unexpected closes",
                count(x.unexpected_closes + x.pairs_failed) + ", the last: " + x.last_close);
  return text;
}

} // namespace fedhub::load
