// SPDX-License-Identifier: Apache-2.0
//
// A service that can be made ill: while it is, its event handler refuses every event and its saga's step fails, so that
// there are dead letters and stuck sagas for `skerry ctl` to deal with.
//
//   PUT  /api/health           "well" or "ill"
//   POST /api/events/{text}    publishes an event
//   GET  /api/events           the texts that were handled, in their order
//   POST /api/sagas/{id}       starts a saga
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <google/protobuf/wrappers.pb.h>

#include <atomic>
#include <memory>

#include "skerry/base/json.h"
#include "skerry/events/bus.h"
#include "skerry/saga/admin.h"
#include "skerry/saga/runner.h"
#include "skerry/service/service.h"
#include "skerry/sql/database.h"

namespace {

using namespace skerry;
using google::protobuf::StringValue;

struct Treatment {
  std::string patient;
};
BOOST_DESCRIBE_STRUCT(Treatment, (), (patient))

constexpr std::size_t kMaxBodyBytes = 100;

class Clinic {
 public:
  explicit Clinic(Service& app) : app_(app) {}

  Task<> open() {
    database_ = co_await sql::Database::open({.path = app_.data_directory() / "clinic.db"});
    co_await database_->execute("create table if not exists handled (n integer primary key, text text) strict");
    bus_ = co_await events::Bus::create({.brokers = app_.kafka(), .source = "clinic", .database = database_.get()});
    bus_->subscribe<StringValue>(
        "clinic.events", "clinic",
        [this](StringValue event, events::EventContext, sql::Transaction& tx) { return handle(std::move(event), tx); });
    sagas_ = std::make_unique<saga::Runner>(*database_);
    co_await sagas_->create_tables();
    co_await sagas_->add(treatment());
    co_await saga::add_admin_routes(app_.admin_routes(), *sagas_);
  }

  Task<> run_events() { return bus_->run(); }
  Task<> run_sagas() { return sagas_->run(); }

  Task<http::Response> set_health(http::Request request) {
    const std::string health = co_await request.body.read_all(kMaxBodyBytes);
    well_ = health == "well";
    co_return http::text(health);
  }

  Task<http::Response> publish(http::Request request) {
    StringValue event;
    event.set_value(request.param("text"));
    co_await bus_->publish(event, event.value(), {.topic = "clinic.events"});
    co_return http::text("published", 202);
  }

  Task<http::Response> handled(http::Request) {
    const auto texts = co_await database_->query<std::string>("select text from handled order by n");
    co_return http::json(json_text(boost::json::array(texts.begin(), texts.end())));
  }

  Task<http::Response> start(http::Request request) {
    const std::string id = request.param("id");
    co_await database_->transaction(
        [&](sql::Transaction& tx) -> Task<> { co_await sagas_->start(tx, "treatment", id, Treatment{.patient = id}); });
    co_return http::text("started", 202);
  }

 private:
  Task<> handle(StringValue event, sql::Transaction& tx) {
    if (!well_) co_await Error::invalid_argument("the clinic is ill");
    co_await tx.execute("insert into handled (text) values (?)", event.value());
  }

  saga::Definition<Treatment> treatment() {
    saga::Definition<Treatment> treatment("treatment", 1);
    treatment.step("cure")
        .run([this](saga::Call<Treatment>&) -> Task<> {
          if (!well_) co_await Error::unavailable("the clinic is ill");
        })
        .compensate([](saga::Call<Treatment>&) -> Task<> { co_return; })
        .retry({.max_attempts = 1})
        .when_exhausted(saga::WhenExhausted::kStick);
    return treatment;
  }

  Service& app_;
  std::atomic<bool> well_ = false;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<events::Bus> bus_;
  std::unique_ptr<saga::Runner> sagas_;
};

}  // namespace

int main(int argc, char** argv) {
  Service app("clinic", argc, argv);
  Clinic clinic(app);
  app.on_start([&clinic] { return clinic.open(); });
  app.background("events", [&clinic] { return clinic.run_events(); });
  app.background("sagas", [&clinic] { return clinic.run_sagas(); });
  app.put("/api/health", [&clinic](http::Request request) { return clinic.set_health(std::move(request)); });
  app.post("/api/events/{text}", [&clinic](http::Request request) { return clinic.publish(std::move(request)); });
  app.get("/api/events", [&clinic](http::Request request) { return clinic.handled(std::move(request)); });
  app.post("/api/sagas/{id}", [&clinic](http::Request request) { return clinic.start(std::move(request)); });
  return app.run();
}
