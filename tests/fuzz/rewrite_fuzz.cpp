// A stanza that is moved to another stream means there what it meant on its own.

#include <cstdlib>
#include <iostream>

#include "tests/fuzz/token_text.hpp"
#include "tests/unit/protocol/passage.hpp"

namespace {

using namespace fedhub;
using testing::infoset;
using testing::passage;

[[noreturn]] void broken(std::string_view promise, const passage& x, std::string_view written) {
  std::cerr << promise << "\nheader: " << x.header << "\nstanza: " << x.stanza
            << "\nwritten: " << written << "\n";
  std::abort();
}

/// Content namespaces declared inside a payload stay, so that names of either count as the same;
/// not so the root's.
infoset without_content_namespaces(infoset x) {
  for (auto& element : x.elements)
    for (auto uri : {ns::server, ns::component_accept})
      if (element.name.starts_with(std::string{uri} + " "))
        element.name.replace(0, uri.size(), "content");
  return x;
}

void check(const passage& x, std::string_view destination, std::string_view written) {
  const auto is = testing::read_at_destination(destination, written);
  const auto should_be = testing::expected_at_destination(x, destination);
  if (!should_be)
    return; // a difference of opinion between scanner and expat: xml_scanner_fuzz looks for those
  if (!is)
    broken("not well-formed at its destination", x, written);
  if (is->elements[0].name != should_be->elements[0].name)
    broken("not in the content namespace", x, written);
  if (without_content_namespaces(*is) != without_content_namespaces(*should_be))
    broken("another meaning", x, written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input input{data, size};
  const auto header =
    "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'" + input.text(32) + ">";
  const auto stanza = "<" + input.text();
  const passage x{header, stanza};
  if (!x.valid
      || (x.source.content_namespace != ns::server
          && x.source.content_namespace != ns::component_accept))
    return 0;
  for (auto destination : {ns::server, ns::component_accept}) {
    if (x.unchanged(destination))
      check(x, destination, stanza);
    check(x, destination, x.to(destination));
  }
  return 0;
}
