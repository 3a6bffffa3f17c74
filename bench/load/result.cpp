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

std::string to_json(const options& opts, const result& result) {
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
    {"seconds", result.seconds},
    {"sent", result.sent},
    {"received", result.received},
    {"unsent", result.unsent},
    {"lost", result.lost},
    {"doubled", result.doubled},
    {"reordered", result.reordered},
    {"bounced", result.bounced},
    {"unexpected_closes", result.unexpected_closes},
    {"last_close", result.last_close},
    {"retries", result.retries},
    {"stanzas_per_second", result.stanzas_per_second},
    {"octets_per_second", result.octets_per_second},
    {"cpu_seconds", result.cpu_seconds},
    {"cpu_seconds_per_million", result.cpu_seconds_per_million},
    {"generator_cpu_seconds", result.generator_cpu_seconds},
    {"rss_kib_before", result.rss_kib_before},
    {"rss_kib_after", result.rss_kib_after},
    {"rss_kib_peak", result.rss_kib_peak},
  };
  if (has_latency(opts))
    line["latency_us"] = {{"p50", result.latency.p50}, {"p90", result.latency.p90},
                          {"p99", result.latency.p99}, {"p999", result.latency.p999},
                          {"max", result.latency.max}, {"count", result.latency.count}};
  switch (opts.what) {
  case scenario::storm:
    line["pairs"] = result.pairs;
    line["pairs_by_certificate"] = result.certified;
    line["pairs_failed"] = result.pairs_failed;
    line["pairs_per_second"] = result.pairs_per_second;
    line["cpu_ms_per_pair"] = result.cpu_ms_per_pair;
    break;
  case scenario::idle:
    line["kib_per_stream"] = result.kib_per_stream;
    line["idle_cpu_share"] = result.idle_cpu_share;
    line["world_connections"] = result.world_connections;
    break;
  case scenario::mixed:
    line["stuck"] = opts.stuck;
    line["stuck_sent"] = result.stuck_sent;
    line["stuck_received"] = result.stuck_received;
    line["stuck_bounced"] = result.stuck_bounced;
    line["stuck_kept"] = result.stuck_kept;
    break;
  default:
    break;
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_table(const options& opts, const result& result) {
  std::string text =
    format("%s, %u streams, %s%s%s%s\n", to_string(opts.what), opts.streams - opts.has_stuck(),
           opts.tls ? "TLS" : "plain", opts.pipe_mode() ? ", pipe" : "",
           opts.label.empty() ? "" : ", ", opts.label.c_str());
  if (opts.what == scenario::storm) {
    text += row("new pairs", format("%.0f/s", result.pairs_per_second));
    text += row("CPU for a pair", format("%.3f ms", result.cpu_ms_per_pair));
    text +=
      row("pairs, by certificate, failed",
          count(result.pairs) + ", " + count(result.certified) + ", " + count(result.pairs_failed));
  } else if (opts.what == scenario::idle) {
    text += row("memory for a stream", format("%.1f KiB", result.kib_per_stream));
    text += row("CPU while idle", format("%.2f%% of a core", 100 * result.idle_cpu_share));
    text += row("connections to the world", count(result.world_connections));
  } else {
    text += row("stanzas", format("%.0f/s", result.stanzas_per_second));
    text += row("octets", format("%.1f MB/s", result.octets_per_second / 1e6));
    text += row("CPU for a million", format("%.3f s", result.cpu_seconds_per_million));
    text += row("sent, received", count(result.sent) + ", " + count(result.received));
    text += row("lost, doubled, reordered",
                count(result.lost) + ", " + count(result.doubled) + ", " + count(result.reordered));
    text += row("bounced", count(result.bounced));
    if (result.unsent != 0)
      text += row("due, but never sent", count(result.unsent));
  }
  if (has_latency(opts))
    text +=
      row("latency p50/p90/p99/p99.9/max",
          format("%.0f / %.0f / %.0f / %.0f / %.0f us", result.latency.p50, result.latency.p90,
                 result.latency.p99, result.latency.p999, result.latency.max));
  if (opts.has_stuck())
    text += row("the stuck: bounced, kept",
                count(result.stuck_bounced) + ", " + count(result.stuck_kept));
  text += row("CPU, and the generator's", format("%.2f s, %.2f s in %.2f s", result.cpu_seconds,
                                                 result.generator_cpu_seconds, result.seconds));
  text += row("memory before, after, peak",
              format("%.1f, %.1f, %.1f MiB", static_cast<double>(result.rss_kib_before) / 1024,
                     static_cast<double>(result.rss_kib_after) / 1024,
                     static_cast<double>(result.rss_kib_peak) / 1024));
  if (!result.last_close.empty())
    text += row("unexpected closes", count(result.unexpected_closes + result.pairs_failed)
                                       + ", the last: " + result.last_close);
  return text;
}

} // namespace fedhub::load
