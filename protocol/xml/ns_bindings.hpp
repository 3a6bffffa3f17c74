// The namespace bindings of a stream header.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fedhub {

/// A namespace binding of the stream header; `prefix` is empty for the default namespace.
struct ns_binding {
  std::string prefix;
  std::string uri;

  bool operator==(const ns_binding&) const = default;
};

/// All namespace bindings of a stream header: first those with a prefix in the order of their
/// declaration, so that they correspond to the bits of `start_tag::header_prefixes`; then the
/// default one. Immutable. Copies share the bindings, which several owners need as long as the
/// stream lives.
class ns_bindings {
public:
  using value_type = ns_binding;
  using size_type = size_t;

  ns_bindings() = default; ///< no bindings.
  explicit ns_bindings(std::vector<ns_binding> all)
    : all_(std::make_shared<const std::vector<ns_binding>>(std::move(all))) {}
  ns_bindings(std::initializer_list<ns_binding> all) : ns_bindings(std::vector<ns_binding>(all)) {}

  const ns_binding* begin() const { return all_ ? all_->data() : nullptr; }
  const ns_binding* end() const { return begin() + size(); }
  size_t size() const { return all_ ? all_->size() : 0; }
  const ns_binding& operator[](size_t i) const { return (*all_)[i]; }

private:
  std::shared_ptr<const std::vector<ns_binding>> all_;
};

} // namespace fedhub
