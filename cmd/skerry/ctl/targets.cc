// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/targets.h"

#include "cmd/skerry/endpoints_file.h"

#include "skerry/etcd/connect.h"
#include "skerry/service/service_options.h"

namespace skerry::cmd {
namespace {

Result<std::string> address_of_part(const CtlOptions& options, std::string_view option, const std::string& given,
                                    std::string Endpoints::* part) {
  if (given == kNone) return fail(Error::invalid_argument("{}: expected an address, got \"none\"", option));
  if (!given.empty()) return given;
  Result<Endpoints> endpoints = read_endpoints(options.data);
  if (endpoints && !((*endpoints).*part).empty()) return (*endpoints).*part;
  if (endpoints)
    return fail(Error::not_found("{} names none: give {}", (options.data / kEndpointsFile).string(), option));
  if (endpoints.error().code() != Code::kNotFound) return fail(std::move(endpoints));
  return fail(
      Error::not_found("no platform runs with the data directory {}: start `skerry dev`, name its directory "
                       "with --data, or give {}",
                       options.data.string(), option));
}

}  // namespace

Result<std::string> broker_of(const CtlOptions& options) {
  return address_of_part(options, "--kafka", options.kafka, &Endpoints::kafka);
}

Result<std::shared_ptr<etcd::Client>> registry_of(const CtlOptions& options) {
  Result<std::string> url = address_of_part(options, "--etcd", options.etcd, &Endpoints::etcd);
  if (!url) return fail(std::move(url));
  Result<std::shared_ptr<etcd::Client>> client = etcd::connect({.endpoints = {*url}, .client = {}});
  if (!client) return fail(std::move(client).error().annotate("--etcd"));
  return client;
}

}  // namespace skerry::cmd
