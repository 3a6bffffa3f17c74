// The outbox: stanzas of a batch are pushed, gathered into system calls, and settled.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "actors/stanzas/outbox.hpp"
#include "bench/batches.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub::bench {
namespace {

constexpr size_t plenty = size_t{1} << 30;

/// A transport whose octets are discarded as they arrive.
class drain {
public:
  drain() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
      std::abort();
    const int large = 4 << 20;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
    near_ = std::make_unique<transport>(unique_fd{ends[0]});
    far_ = unique_fd{ends[1]};
  }
  transport& near() { return *near_; }
  void empty() {
    char part[65536];
    while (::read(far_.get(), part, sizeof part) > 0) {
    }
  }

private:
  std::unique_ptr<transport> near_;
  unique_fd far_;
};

/// Writes one batch, the kernel's copy included, the reader's not. If `held`, the peer acknowledges
/// it.
void write_batch(benchmark::State& state, bool held) {
  const auto count = static_cast<size_t>(state.range(0));
  stanza_supply supply;
  queue_account limits{static_cast<int64_t>(plenty), static_cast<int64_t>(plenty),
                       supply.account()};
  outbox box{ns::server, limits};
  if (held)
    box.hold_written();
  drain wire;
  const auto batch = supply.cut(count);
  size_t octets = 0;
  for (auto& x : batch)
    octets += x.size;
  for (auto _ : state) {
    state.PauseTiming();
    wire.empty();
    auto stanzas = batch;
    state.ResumeTiming();
    for (auto& x : stanzas)
      box.push(x);
    size_t written = 0;
    while (!box.empty())
      if (box.flush(wire.near(), plenty, written) != io_status::ok)
        return state.SkipWithError("the socket accepts no more data");
    if (held)
      box.acknowledge(box.take_progress().stanzas);
    box.publish();
    if (written != octets)
      return state.SkipWithError("octets are missing");
  }
  report(state, octets, count);
}
void outbox_batch(benchmark::State& state) { write_batch(state, false); }
BENCHMARK(outbox_batch)->Arg(1)->Arg(16)->Arg(256);

void outbox_batch_acknowledged(benchmark::State& state) { write_batch(state, true); }
BENCHMARK(outbox_batch_acknowledged)->Arg(1)->Arg(16)->Arg(256);

/// Pushes stanzas, and takes them out as at the end of a stream, without a socket.
void outbox_pushed_and_taken_out(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  stanza_supply supply;
  queue_account limits{static_cast<int64_t>(plenty), static_cast<int64_t>(plenty),
                       supply.account()};
  outbox box{ns::server, limits};
  auto stanzas = supply.cut(count);
  for (auto _ : state) {
    for (auto& x : stanzas)
      box.push(x);
    stanzas = box.take_unwritten();
    if (stanzas.size() != count)
      return state.SkipWithError("stanzas are missing");
  }
  for (auto& x : stanzas)
    supply.account().dropped(x, failure::shutting_down);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * count));
}
BENCHMARK(outbox_pushed_and_taken_out)->Arg(1)->Arg(256);

} // namespace
} // namespace fedhub::bench
