// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/instance.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "skerry/net/address.h"

namespace skerry::discovery {

Result<> check_name(std::string_view what, std::string_view name) {
  const bool plain = std::none_of(name.begin(), name.end(),
                                  [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!name.empty() && name.size() <= kMaxNameBytes && plain) return {};
  return fail(invalid_field(what, fmt::format("expected 1 to {} characters without a slash", kMaxNameBytes)));
}

Result<> Instance::validate() const {
  Result<> checked = check_name("id", id);
  if (checked) checked = check_name("service", service);
  if (checked) checked = check_name("namespace", namespace_);
  if (!checked) return checked;
  if (const auto parsed = net::HostPort::parse(address); !parsed) {
    return fail(invalid_field("address", parsed.error().message()));
  }
  if (weight > kMaxWeight) return fail(invalid_field("weight", fmt::format("expected at most {}", kMaxWeight)));
  return {};
}

std::string instance_key(const Instance& instance) {
  return service_prefix(instance.service, instance.namespace_) + instance.id;
}

std::string service_prefix(std::string_view service, std::string_view namespace_name) {
  return fmt::format("{}{}/{}/", kServicesRoot, namespace_name, service);
}

std::string namespace_prefix(std::string_view namespace_name) {
  return fmt::format("{}{}/", kServicesRoot, namespace_name);
}

Result<InstanceName> parse_instance_key(std::string_view key) {
  const auto refuse = [&] { return fail(Error::invalid_argument("not an instance's key: {}", key)); };
  if (!key.starts_with(kServicesRoot)) return refuse();
  const std::string_view rest = key.substr(kServicesRoot.size());
  const std::size_t first = rest.find('/');
  const std::size_t second = first == std::string_view::npos ? first : rest.find('/', first + 1);
  if (second == std::string_view::npos) return refuse();
  InstanceName name{.namespace_ = std::string(rest.substr(0, first)),
                    .service = std::string(rest.substr(first + 1, second - first - 1)),
                    .id = std::string(rest.substr(second + 1))};
  if (!check_name("namespace", name.namespace_) || !check_name("service", name.service) || !check_name("id", name.id)) {
    return refuse();
  }
  return name;
}

Result<Instance> parse_instance(std::string_view key, std::string_view json) {
  Result<InstanceName> name = parse_instance_key(key);
  if (!name) return fail(std::move(name));
  Result<Instance> instance = parse_json<Instance>(json, {.bytes_max = kMaxInstanceBytes});
  if (!instance) return fail(std::move(instance).error().annotate(key));
  if (*name != InstanceName{instance->namespace_, instance->service, instance->id}) {
    return fail(Error::invalid_argument("{}: holds the instance {}", key, instance_key(*instance)));
  }
  return instance;
}

std::string utc_now() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, (now - seconds).count());
}

}  // namespace skerry::discovery
