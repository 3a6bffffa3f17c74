#!/usr/bin/env bash
# What was seen: in the C++ Actor Framework 0.17.6, a request whose receiver ends while it owes the answer never gets one.
#
# A request to an actor that has already ended is answered at once with the error request_receiver_down. One would expect
# the same, or broken_promise, if the receiver takes the request, makes a response promise, and then ends without
# delivering it. Instead the sender hears nothing: a request without a time-out stays open for ever. The sender has to
# monitor the receiver, or to give each request a time-out.
#
# Versions: libcaf-dev 0.17.6-2.1+b1 and g++ 12 of Debian 12.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download libcaf-dev=0.17.6-2.1+b1
for archive in *.deb; do dpkg -x "$archive" unpacked; done

cat >requests.cpp <<'C'
#include <caf/all.hpp>
#include <iostream>

namespace {

/// Takes each request, promises an answer, and ends at once.
caf::behavior forgetful(caf::event_based_actor* self, int) {
  return {[self](int) -> caf::result<int> {
    auto promise = self->make_response_promise<int>();
    self->quit();
    return promise;
  }};
}

void ask(caf::event_based_actor* self, const caf::actor& receiver, const std::string& when) {
  self->monitor(receiver);
  self->set_down_handler([=](const caf::down_msg&) { std::cout << when << ": the receiver has ended\n"; });
  self->request(receiver, caf::infinite, 1)
    .then([=](int) { std::cout << when << ": an answer\n"; },
          [=](const caf::error& error) { std::cout << when << ": " << self->system().render(error) << '\n'; });
  self->delayed_send(self, std::chrono::seconds{2}, true);
  self->become([=](bool) {
    std::cout << when << ": 2 s later\n";
    self->quit();
  });
}

} // namespace

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto taken = system.spawn(forgetful, 0);
  system.spawn(ask, taken, std::string{"during the request"});
  system.await_all_actors_done();
  system.spawn(ask, taken, std::string{"before the request"});
  system.await_all_actors_done();
}
C
headers=$(dirname "$(dirname "$(find "$PWD/unpacked" -name all.hpp -path '*caf/all.hpp')")")
library=$(dirname "$(find "$PWD/unpacked" -name 'libcaf_core*' | head -1)")
g++ -std=c++17 -O1 -w -I"$headers" requests.cpp -o requests -L"$library" -L/usr/lib/x86_64-linux-gnu -lcaf_core -pthread
LD_LIBRARY_PATH=$library ./requests | tee seen

cat >expected <<'T'
during the request: the receiver has ended
during the request: 2 s later
before the request: the receiver has ended
before the request: request_receiver_down
before the request: 2 s later
T
diff <(sed 's/^before the request: .*request_receiver_down.*/before the request: request_receiver_down/' seen | sort) <(sort expected)
echo "as described"
