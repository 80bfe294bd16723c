// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/saga_state_machine.h"

#include "skerry/saga/saga_test_support.h"

namespace skerry::saga {
namespace {

/// The shop's saga with both steps of the last stage under way.
Driven at_last_stage(Plan plan = shop_plan()) {
  Driven saga(std::move(plan));
  saga.start();
  saga.done("reserve");
  saga.done("charge");
  return saga;
}

TEST(SagaForwards, stages_run_one_after_the_other_and_steps_of_a_stage_side_by_side) {
  Driven saga(shop_plan());
  EXPECT_EQ(saga.start(), Effects{"run reserve"});
  EXPECT_EQ(saga.done("reserve"), Effects{"run charge"});
  EXPECT_EQ(saga.done("charge"), (Effects{"run points", "run logistics"}));
  EXPECT_EQ(saga.done("logistics"), Effects{});
  EXPECT_EQ(saga.progress().state, State::kRunning);
  EXPECT_EQ(saga.done("points"), Effects{"ended completed"});
  EXPECT_EQ(next_due(saga.progress()), std::nullopt);
}

TEST(SagaForwards, completes_in_whatever_order_a_stage_ends) {
  Driven saga = at_last_stage();
  EXPECT_EQ(saga.done("points"), Effects{});
  EXPECT_EQ(saga.progress().state, State::kRunning);
  EXPECT_EQ(saga.done("logistics"), Effects{"ended completed"});
}

TEST(SagaForwards, a_duplicate_reply_changes_nothing) {
  Driven saga = at_last_stage();
  const Progress before = saga.progress();
  EXPECT_EQ(saga.done("reserve"), Effects{});
  EXPECT_EQ(saga.refused("reserve"), Effects{});
  EXPECT_EQ(saga.failed("charge"), Effects{});
  EXPECT_EQ(saga.progress(), before);
}

TEST(SagaForwards, a_reply_for_a_step_that_was_not_begun_changes_nothing) {
  Driven saga(shop_plan());
  saga.start();
  EXPECT_EQ(saga.done("points"), Effects{});
  EXPECT_EQ(saga.done("charge", 1), Effects{});
  EXPECT_EQ(saga.step("points").state, StepState::kIdle);
  EXPECT_EQ(saga.done("reserve"), Effects{"run charge"});
}

TEST(SagaRetry, a_failed_attempt_is_made_again_after_a_growing_delay) {
  Driven saga(shop_plan());
  saga.start();
  const auto first = saga.now();
  EXPECT_EQ(saga.failed("reserve"), Effects{});
  const auto due = next_due(saga.progress());
  ASSERT_TRUE(due);
  EXPECT_GE(*due - first, std::chrono::milliseconds(80));
  EXPECT_LE(*due - first, std::chrono::milliseconds(120));
  EXPECT_EQ(saga.timer_at(due->time_since_epoch().count() - 1), Effects{}) << "not before it is due";
  EXPECT_EQ(saga.next_timer(), Effects{"run reserve"});
  EXPECT_EQ(saga.step("reserve").attempts, 2);
  saga.failed("reserve");
  EXPECT_GE(*next_due(saga.progress()) - saga.now(), std::chrono::milliseconds(160));
  EXPECT_EQ(saga.next_timer(), Effects{"run reserve"});
  EXPECT_EQ(saga.done("reserve"), Effects{"run charge"});
}

TEST(SagaRetry, a_command_without_an_answer_has_failed_at_its_timeout) {
  Driven saga(shop_plan());
  saga.start();
  EXPECT_EQ(*next_due(saga.progress()) - saga.now(), std::chrono::milliseconds(1000));
  EXPECT_EQ(saga.next_timer(), Effects{});
  EXPECT_EQ(saga.step("reserve").state, StepState::kRetrying);
  EXPECT_EQ(saga.step("reserve").error, "no answer within 1000 ms");
  EXPECT_EQ(saga.done("reserve"), Effects{"run charge"}) << "the late answer saves the second attempt";
}

TEST(SagaRetry, a_step_that_used_up_its_attempts_is_compensated_for_it_may_have_taken_effect) {
  Driven saga(shop_plan());
  saga.start();
  saga.done("reserve");
  for (int attempt = 1; attempt < 3; ++attempt) {
    saga.failed("charge");
    EXPECT_EQ(saga.next_timer(), Effects{"run charge"});
  }
  EXPECT_EQ(saga.failed("charge"), Effects{"compensate charge 1"});
  EXPECT_EQ(saga.progress().reason, "broken");
  EXPECT_EQ(saga.done("charge", 1), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
}

TEST(SagaRetry, delays_stay_below_their_maximum_however_many_attempts) {
  Plan plan = shop_plan();
  plan.steps[0].retry.max_attempts = kMaxAttempts;
  Driven saga(plan);
  saga.start();
  for (int i = 0; i < 200; ++i) {
    saga.failed("reserve");
    ASSERT_LE(*next_due(saga.progress()) - saga.now(), std::chrono::milliseconds(12'000));
    ASSERT_EQ(saga.next_timer(), Effects{"run reserve"});
  }
}

TEST(SagaBackwards, a_refusal_compensates_what_was_done_in_reverse) {
  Driven saga = at_last_stage();
  EXPECT_EQ(saga.done("points"), Effects{});
  EXPECT_EQ(saga.refused("logistics"), Effects{"compensate points 1"}) << "the refused step took no effect";
  EXPECT_EQ(saga.progress().state, State::kCompensating);
  EXPECT_EQ(saga.done("points", 1), Effects{"compensate charge 1"});
  EXPECT_EQ(saga.done("charge", 1), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
  EXPECT_EQ(saga.progress().reason, "no");
}

TEST(SagaBackwards, a_refusal_of_the_first_step_cancels_at_once) {
  Driven saga(shop_plan());
  saga.start();
  EXPECT_EQ(saga.refused("reserve"), Effects{"ended cancelled"});
}

TEST(SagaBackwards, waits_for_attempts_under_way_before_it_compensates) {
  Driven saga = at_last_stage();
  EXPECT_EQ(saga.refused("logistics"), Effects{});
  EXPECT_EQ(saga.done("points"), Effects{"compensate points 1"});
}

TEST(SagaBackwards, does_not_retry_forwards) {
  Driven saga = at_last_stage();
  saga.failed("points");
  EXPECT_EQ(saga.step("points").state, StepState::kRetrying);
  EXPECT_EQ(saga.refused("logistics"), Effects{"compensate points 1"});
}

TEST(SagaBackwards, a_refusal_after_an_attempt_without_an_answer_is_compensated_too) {
  Driven saga(shop_plan());
  saga.start();
  saga.failed("reserve");
  saga.next_timer();
  EXPECT_EQ(saga.refused("reserve"), Effects{"compensate reserve 1"});
}

TEST(SagaBackwards, a_step_without_compensation_is_passed_over) {
  Plan plan = shop_plan();
  plan.steps[1].compensate = Mode::kNone;
  Driven saga = at_last_stage(plan);
  saga.done("points");
  saga.refused("logistics");
  EXPECT_EQ(saga.done("points", 1), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.step("charge").state, StepState::kDone);
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
}

TEST(SagaBackwards, a_compensation_is_tried_until_it_succeeds) {
  Driven saga(shop_plan());
  saga.start();
  saga.done("reserve");
  EXPECT_EQ(saga.refused("charge"), Effects{"compensate reserve 1"});
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(i % 2 == 0 ? saga.failed("reserve", 1) : saga.next_timer(), Effects{});
    EXPECT_EQ(saga.next_timer(), Effects{"compensate reserve 1"}) << "under the same key";
  }
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
}

TEST(SagaBackwards, a_late_success_after_the_compensation_is_compensated_again_under_a_new_key) {
  Driven saga(shop_plan());
  saga.start();
  for (int i = 0; i < 2; ++i) {
    saga.next_timer();
    saga.next_timer();
  }
  EXPECT_EQ(saga.next_timer(), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
  EXPECT_EQ(saga.done("reserve"), Effects{"compensate reserve 2"});
  EXPECT_EQ(saga.progress().state, State::kCompensating);
  EXPECT_EQ(saga.done("reserve", 1), Effects{}) << "a duplicate of the first round";
  EXPECT_EQ(saga.done("reserve"), Effects{}) << "a duplicate of the success";
  EXPECT_EQ(saga.done("reserve", 2), Effects{}) << "the end was told before";
  EXPECT_EQ(saga.progress().state, State::kCancelled);
}

TEST(SagaBackwards, a_success_that_was_seen_before_is_not_compensated_again) {
  Driven saga(shop_plan());
  saga.start();
  saga.done("reserve");
  EXPECT_EQ(saga.refused("charge"), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve"), Effects{});
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
  EXPECT_EQ(saga.done("reserve"), Effects{});
}

TEST(SagaBackwards, a_success_after_a_refusal_is_compensated) {
  Driven saga(shop_plan());
  saga.start();
  saga.refused("reserve");
  EXPECT_EQ(saga.done("reserve"), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve", 1), Effects{});
  EXPECT_EQ(saga.progress().state, State::kCancelled);
}

TEST(SagaCancel, compensates_what_was_done_and_gives_the_reason) {
  Driven saga(shop_plan());
  saga.start();
  saga.done("reserve");
  EXPECT_EQ(saga.cancel(), Effects{}) << "the charge is under way";
  EXPECT_EQ(saga.done("charge"), Effects{"compensate charge 1"});
  EXPECT_EQ(saga.cancel(), Effects{}) << "it is being cancelled";
  EXPECT_EQ(saga.done("charge", 1), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
  EXPECT_EQ(saga.progress().reason, "changed my mind");
}

TEST(SagaCancel, does_not_wait_for_ever_for_an_answer) {
  Driven saga(shop_plan());
  saga.start();
  saga.cancel();
  EXPECT_EQ(saga.next_timer(), Effects{"compensate reserve 1"});
}

TEST(SagaCancel, a_completed_saga_has_a_second_end) {
  Driven saga = at_last_stage();
  saga.done("points");
  saga.done("logistics");
  EXPECT_EQ(saga.cancel(), (Effects{"compensate points 1", "compensate logistics 1"}));
  saga.done("points", 1);
  EXPECT_EQ(saga.done("logistics", 1), Effects{"compensate charge 1"});
  saga.done("charge", 1);
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
}

TEST(SagaCancel, a_call_that_was_not_begun_is_not_begun) {
  Driven saga(shop_plan(call_step));
  saga.may_call = false;
  EXPECT_EQ(saga.start(), Effects{});
  EXPECT_EQ(saga.cancel(), Effects{"ended cancelled"});
  EXPECT_EQ(saga.step("reserve").state, StepState::kIdle);
}

TEST(SagaStuck, a_step_that_is_to_stick_waits_for_an_operator) {
  Plan plan = shop_plan();
  plan.steps[1].when_exhausted = WhenExhausted::kStick;
  plan.steps[1].retry.max_attempts = 1;
  Driven saga(plan);
  saga.start();
  saga.done("reserve");
  EXPECT_EQ(saga.failed("charge"), Effects{});
  EXPECT_EQ(saga.progress().state, State::kStuck);
  EXPECT_EQ(next_due(saga.progress()), std::nullopt);
  EXPECT_EQ(saga.retry(), Effects{"run charge"});
  EXPECT_EQ(saga.progress().state, State::kRunning);
  saga.failed("charge");
  EXPECT_EQ(saga.cancel(), Effects{"compensate charge 1"});
}

TEST(SagaStuck, a_late_answer_frees_it) {
  Plan plan = shop_plan();
  plan.steps[1].when_exhausted = WhenExhausted::kStick;
  plan.steps[1].retry.max_attempts = 1;
  Driven saga(plan);
  saga.start();
  saga.done("reserve");
  saga.next_timer();
  EXPECT_EQ(saga.progress().state, State::kStuck);
  EXPECT_EQ(saga.done("charge"), (Effects{"run points", "run logistics"}));

  Driven other(plan);
  other.start();
  other.done("reserve");
  other.next_timer();
  EXPECT_EQ(other.refused("charge"), Effects{"compensate charge 1"}) << "an attempt had no answer";
}

TEST(SagaStuck, a_refused_compensation_waits_for_an_operator) {
  Driven saga(shop_plan());
  saga.start();
  saga.done("reserve");
  saga.refused("charge");
  EXPECT_EQ(saga.refused("reserve", 1), Effects{});
  EXPECT_EQ(saga.progress().state, State::kStuck);
  EXPECT_EQ(next_due(saga.progress()), std::nullopt);
  EXPECT_EQ(saga.cancel(), Effects{});
  EXPECT_EQ(saga.retry(), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.done("reserve", 1), Effects{"ended cancelled"});
}

TEST(SagaCalls, are_handed_out_only_to_who_may_call) {
  Driven saga(shop_plan(call_step));
  saga.may_call = false;
  EXPECT_EQ(saga.start(), Effects{});
  EXPECT_EQ(next_due(saga.progress()), Time()) << "at once";
  EXPECT_FALSE(has_calls_under_way(saga.plan(), saga.progress()));
  saga.may_call = true;
  EXPECT_EQ(saga.claim(), Effects{"run reserve"});
  EXPECT_EQ(next_due(saga.progress()), std::nullopt) << "a call ends by itself";
  EXPECT_TRUE(has_calls_under_way(saga.plan(), saga.progress()));
  EXPECT_FALSE(saga.step("reserve").uncertain) << "nobody had begun it";
}

TEST(SagaCalls, of_a_lost_owner_are_handed_out_again_and_may_have_taken_effect) {
  Driven saga(shop_plan(call_step));
  saga.start();
  EXPECT_EQ(saga.claim(), Effects{"run reserve"});
  EXPECT_EQ(saga.step("reserve").attempts, 1) << "a crash uses up no attempt";
  EXPECT_EQ(saga.refused("reserve"), Effects{"compensate reserve 1"});
  EXPECT_EQ(saga.claim(), Effects{"compensate reserve 1"});
}

TEST(SagaCalls, left_by_who_may_not_call_are_found_by_the_next_who_may) {
  Plan plan = shop_plan();
  plan.steps[1] = call_step("charge", 1);
  Driven saga(plan);
  saga.start();
  saga.may_call = false;
  EXPECT_EQ(saga.done("reserve"), Effects{});
  saga.may_call = true;
  EXPECT_EQ(saga.timer_at(saga.now().time_since_epoch().count()), Effects{"run charge"});
}

TEST(SagaPlan, says_what_is_wrong) {
  EXPECT_TRUE(shop_plan().validate());
  const auto broken = [](auto breaks) {
    Plan plan = shop_plan();
    breaks(plan);
    return !plan.validate().has_value();
  };
  EXPECT_TRUE(broken([](Plan& p) { p.name = ""; }));
  EXPECT_TRUE(broken([](Plan& p) { p.version = 0; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps.clear(); }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[1].name = "reserve"; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[1].name = "Charge"; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[0].stage = 1; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[3].stage = 4; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[0].run = Mode::kNone; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[0].timeout = {}; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[0].retry.max_attempts = 0; }));
  EXPECT_TRUE(broken([](Plan& p) { p.steps[0].retry.max_delay = {}; }));
}

TEST(SagaPlan, fits_only_progress_of_its_own_steps) {
  const Progress progress = new_progress(shop_plan());
  EXPECT_TRUE(fits(shop_plan(), progress));
  Plan other = shop_plan();
  other.steps[2].name = "bonus";
  EXPECT_FALSE(fits(other, progress));
}

}  // namespace
}  // namespace skerry::saga
