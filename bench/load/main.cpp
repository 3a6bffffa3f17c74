// fedhub-load: the load generator.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "bench/load/options.hpp"
#include "bench/load/result.hpp"
#include "bench/load/run.hpp"

namespace fedhub::load {

namespace {

constexpr int exit_incomplete = 1, exit_usage = 2, exit_unclean = 3;

/// Set by a signal, to end the run.
std::atomic<bool> enough = false;
static_assert(std::atomic<bool>::is_always_lock_free);

int print(const options& opts, const result& found) {
  const auto line = to_json(opts, found);
  if (opts.json == "-") {
    std::cout << line << std::endl;
  } else {
    std::cout << to_table(opts, found) << std::flush;
    if (!opts.json.empty()) {
      std::ofstream file{opts.json, std::ios::app};
      file << line << '\n' << std::flush;
      if (!file) {
        std::cerr << "fedhub-load: cannot write " << opts.json << '\n';
        return exit_incomplete;
      }
    }
  }
  return opts.strict && !found.clean() ? exit_unclean : 0;
}

} // namespace

} // namespace fedhub::load

int main(int argc, char** argv) {
  using namespace fedhub::load;
  const auto parsed = parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed))
    return *status;
  const auto& opts = std::get<options>(parsed);
  std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
  for (const int number : {SIGINT, SIGTERM})
    std::signal(number, [](int) { enough = true; });
  const auto stock = stanza_stock::make(opts);
  if (!stock) {
    std::cerr << "fedhub-load: " << stock.error() << '\n';
    return exit_usage;
  }
  const auto found = run_scenario(opts, *stock, enough);
  if (!found) {
    std::cerr << "fedhub-load: " << found.error() << '\n';
    return exit_incomplete;
  }
  return print(opts, *found);
}
