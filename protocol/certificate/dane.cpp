#include "protocol/certificate/dane.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "protocol/certificate/presented_names.hpp"

namespace fedhub {

namespace {

namespace usage {
constexpr uint8_t pkix_ta = 0, pkix_ee = 1, dane_ta = 2, dane_ee = 3;
}
namespace selector {
constexpr uint8_t certificate = 0, key = 1;
}
namespace matching {
constexpr uint8_t full = 0, sha256 = 1, sha512 = 2;
}

/// Reads an object that must be all of `der`. @param decode OpenSSL's d2i function.
template <class T>
openssl_ptr<T> decoded(std::string_view der, T* (*decode)(T**, const unsigned char**, long)) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const auto* position = begin;
  openssl_ptr<T> result{decode(nullptr, &position, static_cast<long>(der.size()))};
  if (position != begin + der.size())
    result.reset();
  return result;
}

/// Encodes an object in DER. @param encode OpenSSL's i2d function.
template <class T>
std::string encoded(const T* object, int (*encode)(const T*, unsigned char**)) {
  unsigned char* der = nullptr;
  const int size = encode(object, &der);
  if (size <= 0)
    return {};
  std::string result{reinterpret_cast<char*>(der), static_cast<size_t>(size)};
  OPENSSL_free(der);
  return result;
}

std::string digest_of(std::string_view octets, const char* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  size_t size = 0;
  if (EVP_Q_digest(nullptr, algorithm, nullptr, octets.data(), octets.size(), digest.data(), &size)
      != 1)
    return {};
  return {reinterpret_cast<char*>(digest.data()), size};
}

bool is_usable(const tlsa_record& record) {
  if (record.usage > usage::dane_ee || record.selector > selector::key)
    return false;
  switch (record.matching) {
  case matching::full:
    return record.selector == selector::key ? decoded(record.data, &d2i_X509_PUBKEY) != nullptr
                                            : decoded(record.data, &d2i_X509) != nullptr;
  case matching::sha256:
    return record.data.size() == 32;
  case matching::sha512:
    return record.data.size() == 64;
  default:
    return false;
  }
}

using record_list = std::vector<const tlsa_record*>;

/// Returns the usable records, except a digest for which the same usage and selector have a
/// stronger one.
record_list records_that_count(std::span<const tlsa_record> all) {
  record_list usable;
  for (const auto& record : all)
    if (is_usable(record))
      usable.push_back(&record);
  const auto has_stronger = [&](const tlsa_record* weak) {
    return weak->matching == matching::sha256
           && std::ranges::any_of(usable, [&](const tlsa_record* record) {
                return record->matching == matching::sha512 && record->usage == weak->usage
                       && record->selector == weak->selector;
              });
  };
  record_list result;
  std::ranges::copy_if(usable, std::back_inserter(result),
                       [&](const tlsa_record* record) { return !has_stronger(record); });
  return result;
}

/// The forms of one certificate that records can contain. Each is made once, on first use.
class forms {
public:
  explicit forms(X509& certificate) : certificate_(certificate) {}

  /// Returns the first record of this usage that describes this certificate; null if there is none.
  const tlsa_record* find(const record_list& records, uint8_t usage) {
    const auto found = std::ranges::find_if(records, [&](const tlsa_record* record) {
      const auto& form = made(record->selector, record->matching);
      return record->usage == usage && !form.empty() && form == record->data;
    });
    return found != records.end() ? *found : nullptr;
  }

private:
  const std::string& made(uint8_t selector, uint8_t matching) {
    auto& form = made_[selector][matching];
    if (!form) {
      switch (matching) {
      case matching::full:
        form = selector == selector::key
                 ? encoded<X509_PUBKEY>(X509_get_X509_PUBKEY(&certificate_), i2d_X509_PUBKEY)
                 : encoded<X509>(&certificate_, i2d_X509);
        break;
      case matching::sha256:
        form = digest_of(made(selector, matching::full), "SHA256");
        break;
      default:
        form = digest_of(made(selector, matching::full), "SHA512");
      }
    }
    return *form;
  }

  X509& certificate_;
  std::array<std::array<std::optional<std::string>, 3>, 2> made_;
};

class matcher {
public:
  explicit matcher(const dane_request& request)
    : request_(request), leaf_(request.chain.leaf), records_(records_that_count(request.records)) {}

  dane_result match() {
    if (records_.empty())
      return {.status = dane_status::no_usable_records, .detail = "no usable TLSA record"};
    if (leaf_ == nullptr)
      return {.detail = "no certificate"};
    forms leaf{*leaf_};
    if (const auto* by = leaf.find(records_, usage::dane_ee))
      return {.status = dane_status::matched, .by = by};
    if (auto result = match_dane_ta(); result.status == dane_status::matched)
      return result;
    return match_pkix(leaf);
  }

private:
  bool has(uint8_t usage) const {
    return std::ranges::any_of(records_,
                               [=](const tlsa_record* record) { return record->usage == usage; });
  }

  bool has_name() {
    if (!names_)
      names_ = presented_names::of(*leaf_);
    return std::ranges::any_of(request_.names, [&](const domain_name& domain) {
      return static_cast<bool>(match_name(*names_, domain));
    });
  }

  /// Stores why a record that matches the certificate is not a match.
  dane_result missed(std::string_view why) {
    miss_ = why;
    return {.detail = miss_};
  }

  dane_result match_dane_ta() {
    if (!has(usage::dane_ta))
      return {};
    trust_store anchors;
    const tlsa_record* by = nullptr;
    const auto trust = [&](X509& issuer, const tlsa_record* record) {
      // The peer's own certificate is not an issuer: as an anchor it would prove itself.
      if (record == nullptr || X509_cmp(&issuer, leaf_) == 0)
        return;
      anchors.add_anchor(issuer);
      by = by != nullptr ? by : record;
    };
    for (int i = 0; i < sk_X509_num(request_.chain.sent); ++i) {
      auto& sent = *sk_X509_value(request_.chain.sent, i);
      trust(sent, forms{sent}.find(records_, usage::dane_ta));
    }
    for (const auto* record : records_)
      if (record->usage == usage::dane_ta && record->selector == selector::certificate
          && record->matching == matching::full)
        trust(*decoded(record->data, &d2i_X509), record);
    if (by == nullptr)
      return {};
    const auto path = check_path({.leaf = leaf_,
                                  .sent = request_.chain.sent,
                                  .trust = anchors,
                                  .now = request_.chain.now,
                                  .peer = request_.chain.peer,
                                  .accept_eku = request_.chain.accept_eku});
    if (path.status != path_status::ok)
      return missed(path.detail);
    if (!has_name())
      return missed("no name matches");
    return {.status = dane_status::matched, .by = by};
  }

  dane_result match_pkix(forms& leaf) {
    const auto* by_leaf = leaf.find(records_, usage::pkix_ee);
    if (by_leaf == nullptr && !has(usage::pkix_ta))
      return no_match();
    std::vector<openssl_ptr<X509>> issuers;
    const auto path = check_path(request_.chain, &issuers);
    if (path.status != path_status::ok) {
      missed(path.detail);
      return no_match();
    }
    const auto* by = by_leaf;
    for (size_t i = 0; i < issuers.size() && by == nullptr; ++i)
      by = forms{*issuers[i]}.find(records_, usage::pkix_ta);
    if (by != nullptr && has_name())
      return {.status = dane_status::matched, .by = by};
    if (by != nullptr)
      missed("no name matches");
    return no_match();
  }

  dane_result no_match() const {
    return {.detail =
              miss_.empty() ? "no TLSA record matches the certificate or an issuer" : miss_};
  }

  const dane_request& request_;
  X509* leaf_;
  record_list records_;
  std::optional<presented_names> names_;
  std::string_view miss_;
};

} // namespace

std::string tlsa_record::str() const {
  return std::to_string(usage) + " " + std::to_string(selector) + " " + std::to_string(matching);
}

std::string_view to_string(dane_status status) {
  switch (status) {
  case dane_status::matched:
    return "matched";
  case dane_status::no_match:
    return "no-match";
  case dane_status::no_usable_records:
    break;
  }
  return "no-usable-records";
}

dane_result match_dane(const dane_request& request) {
  auto result = matcher{request}.match();
  ERR_clear_error(); // unreadable records left errors
  return result;
}

std::vector<domain_name> dane_reference_names(const domain_name& source, std::string_view host,
                                              std::string_view base) {
  std::vector<domain_name> result{source};
  for (auto text : {host, base})
    if (auto name = domain_name::parse(text);
        name && !name->is_ip_literal() && std::ranges::find(result, *name) == result.end())
      result.push_back(std::move(*name));
  return result;
}

} // namespace fedhub
