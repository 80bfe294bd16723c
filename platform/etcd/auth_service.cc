// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/errors.h"
#include "platform/etcd/services.h"

namespace skerry::platform::etcd {
namespace {

class AuthService final : public etcdserverpb::Auth {
 public:
  explicit AuthService(Engine& engine) : engine_(engine) {}

  Task<etcdserverpb::AuthStatusResponse> AuthStatus(etcdserverpb::AuthStatusRequest) override {
    etcdserverpb::AuthStatusResponse response;
    *response.mutable_header() = engine_.header();
    response.set_authrevision(1);
    co_return std::move(response);
  }

  Task<etcdserverpb::AuthEnableResponse> AuthEnable(etcdserverpb::AuthEnableRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthDisableResponse> AuthDisable(etcdserverpb::AuthDisableRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthenticateResponse> Authenticate(etcdserverpb::AuthenticateRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserAddResponse> UserAdd(etcdserverpb::AuthUserAddRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserGetResponse> UserGet(etcdserverpb::AuthUserGetRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserListResponse> UserList(etcdserverpb::AuthUserListRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserDeleteResponse> UserDelete(etcdserverpb::AuthUserDeleteRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserChangePasswordResponse> UserChangePassword(
      etcdserverpb::AuthUserChangePasswordRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserGrantRoleResponse> UserGrantRole(etcdserverpb::AuthUserGrantRoleRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthUserRevokeRoleResponse> UserRevokeRole(etcdserverpb::AuthUserRevokeRoleRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthRoleAddResponse> RoleAdd(etcdserverpb::AuthRoleAddRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthRoleGetResponse> RoleGet(etcdserverpb::AuthRoleGetRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthRoleListResponse> RoleList(etcdserverpb::AuthRoleListRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthRoleDeleteResponse> RoleDelete(etcdserverpb::AuthRoleDeleteRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthRoleGrantPermissionResponse> RoleGrantPermission(
      etcdserverpb::AuthRoleGrantPermissionRequest) override {
    co_return errors::auth_not_enabled();
  }
  Task<etcdserverpb::AuthRoleRevokePermissionResponse> RoleRevokePermission(
      etcdserverpb::AuthRoleRevokePermissionRequest) override {
    co_return errors::auth_not_enabled();
  }

 private:
  Engine& engine_;
};

}  // namespace

std::shared_ptr<etcdserverpb::Auth> make_auth_service(Engine& engine) { return std::make_shared<AuthService>(engine); }

}  // namespace skerry::platform::etcd
