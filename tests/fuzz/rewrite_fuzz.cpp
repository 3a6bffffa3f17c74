// A stanza that is moved to another stream has the same meaning there.

#include <cstdlib>
#include <iostream>

#include "protocol/text/namespaces.hpp"
#include "tests/fuzz/xmpp_input.hpp"
#include "tests/unit/protocol/stanza/passage.hpp"

namespace {

using namespace fedhub;
using testing::infoset;
using testing::passage;

[[noreturn]] void broken(std::string_view promise, const passage& passage,
                         std::string_view written) {
  std::cerr << promise << "\nheader: " << passage.header << "\nstanza: " << passage.stanza
            << "\nwritten: " << written << "\n";
  std::abort();
}

/// Makes names of both content namespaces equal, since a payload keeps its own declarations of
/// them. The root's namespace still counts.
infoset without_content_namespaces(infoset infoset) {
  for (auto uri : {ns::server, ns::component_accept})
    infoset = testing::with_namespace(std::move(infoset), uri, "content");
  return infoset;
}

void check(const passage& passage, std::string_view destination, std::string_view written) {
  const auto is = testing::read_at_destination(destination, written);
  const auto should_be = testing::expected_at_destination(passage, destination);
  if (!should_be)
    broken("taken, but expat does not read it", passage, written);
  if (!is)
    broken("not well-formed at its destination", passage, written);
  if (is->elements[0].name != should_be->elements[0].name)
    broken("not in the content namespace", passage, written);
  if (without_content_namespaces(*is) != without_content_namespaces(*should_be))
    broken("another meaning", passage, written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input input{data, size};
  std::string header{input.pick(
    {"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:server'",
     "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns='jabber:component:accept'",
     "<stream xmlns='http://etherx.jabber.org/streams' xmlns:stream='urn:stream'"})};
  header += input.pick({"", " xmlns:s='jabber:server'", " xmlns:s='urn:&apos;&lt;&#9;'"});
  header += input.pick({"", " xmlns:c='jabber:component:accept'"});
  header += input.pick({" xmlns:p='urn:p' xmlns:q='urn:q'", " xmlns:p='urn:x'", ""});
  header += input.pick({"", " xml:lang='de-&amp;'", " xmlns:unused='urn:u'"});
  header += ">";
  const auto stanza = input.octet() % 8 != 0 ? fuzz::tree(input, true, 5) : "<" + input.text();
  const passage passage{header, stanza};
  if (!passage.valid
      || (passage.source.content_namespace != ns::server
          && passage.source.content_namespace != ns::component_accept)
      || passage.mixed() || passage.scanner.tag().obstacle != passage_obstacle::none)
    return 0;
  for (auto destination : {ns::server, ns::component_accept}) {
    if (passage.unchanged(destination))
      check(passage, destination, stanza);
    check(passage, destination, passage.to(destination));
  }
  return 0;
}
