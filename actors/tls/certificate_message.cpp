#include "actors/tls/certificate_message.hpp"

#include <algorithm>

namespace fedhub {

namespace {

/// The length of the context, and that of the list.
constexpr size_t message_frame = 1 + 3;
/// The length of a certificate, and that of its extensions.
constexpr size_t entry_frame = 3 + 2;
/// The extension status_request: type, length, status type, the response's length.
constexpr size_t staple_frame = 2 + 2 + 1 + 3;

size_t encoded_octets(const X509* x) {
  return static_cast<size_t>(std::max(0, i2d_X509(x, nullptr)));
}

} // namespace

size_t certificate_message_octets(const X509* own, const STACK_OF(X509) * chain,
                                  size_t staple_octets) {
  size_t result = message_frame + entry_frame + encoded_octets(own);
  for (int i = 0; i < sk_X509_num(chain); ++i)
    result += entry_frame + encoded_octets(sk_X509_value(chain, i));
  return staple_octets == 0 ? result : result + staple_frame + staple_octets;
}

} // namespace fedhub
