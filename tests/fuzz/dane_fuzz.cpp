// TLSA records from any owner of a signed zone: they cause no fault and no wrong match.
//
// The first octet has usage, selector and matching type, so that most inputs get as far as the
// data, which is the rest. If its high bit is set, the rest changes data that would match.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <openssl/err.h>

#include "protocol/certificate/dane.hpp"
#include "tests/unit/protocol/certificate/certificate_maker.hpp"

namespace {

using namespace fedhub;

void require(bool holds) {
  if (!holds)
    std::abort();
}

/// A chain, as a peer would send it.
struct scene {
  test::identity root = test::make_ca("root");
  test::identity intermediate = test::make_ca("intermediate", &root);
  test::identity leaf =
    test::make_identity({.issuer = &intermediate, .names = {test::dns("im.partner.example")}});
  std::string leaf_der = test::to_der(*leaf.certificate);
  std::string issuer_der = test::to_der(*intermediate.certificate);
  trust_store trust;
  STACK_OF(X509) * sent = sk_X509_new_null(); // never freed
  std::vector<domain_name> names{*domain_name::parse("im.partner.example")};

  scene() {
    require(trust.add_anchors(test::to_pem(*root.certificate)).has_value());
    sk_X509_push(sent, intermediate.certificate.get());
  }

  static const scene& shared() {
    static const scene one;
    return one;
  }
};

/// A record that matches must have known numbers. A whole certificate must match in each octet.
void check(const tlsa_record& record) {
  const auto& the = scene::shared();
  const auto result = match_dane({.chain = {.leaf = the.leaf.certificate.get(),
                                            .sent = the.sent,
                                            .trust = the.trust,
                                            .now = test::today},
                                  .records = {&record, 1},
                                  .names = the.names});
  require((result.status == dane_status::matched) == (result.by == &record));
  require((result.status == dane_status::matched) == result.detail.empty());
  require(ERR_peek_error() == 0);
  if (result.status != dane_status::matched)
    return;
  require(record.usage <= 3 && record.selector <= 1 && record.matching <= 2);
  if (record.usage % 2 == 1 && record.selector == 0 && record.matching == 0)
    require(record.data == the.leaf_der);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  tlsa_record record{static_cast<uint8_t>(data[0] & 7),
                     static_cast<uint8_t>(data[0] >> 3 & 3),
                     static_cast<uint8_t>(data[0] >> 5 & 3),
                     {}};
  const auto* rest = data + 1;
  const size_t rest_size = size - 1;
  if ((data[0] & 0x80) == 0) {
    record.data.assign(rest, rest + rest_size);
  } else { // pairs of a position and a new value
    const auto& the = scene::shared();
    record.data = record.usage % 2 == 1 ? the.leaf_der : the.issuer_der;
    for (size_t i = 0; i + 2 < rest_size; i += 3)
      record.data[(rest[i] << 8 | rest[i + 1]) % record.data.size()] =
        static_cast<char>(rest[i + 2]);
  }
  check(record);
  return 0;
}
