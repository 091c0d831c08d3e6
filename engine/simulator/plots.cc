#include "engine/simulator/plots.h"

namespace hookswitch {
namespace {

using Direction = Plot::Direction;
constexpr std::string_view kGreeting = "Good day, how can I help?";

std::vector<Plot> inbound_plots() {
  return {
      {"booked",
       24,
       Direction::inbound,
       "appointment_booked",
       "yes",
       "{name} booked an appointment for {day} at {time}.",
       "Appointment booked",
       {{"agent", kGreeting},
        {"user", "Hi, my name is {name}. I would like to book an appointment for {day}."},
        {"agent", "We have a slot at {time}. Does that suit you?", "check_calendar"},
        {"user", "Perfect, thank you."},
        {"agent", "You are booked for {day} at {time}. Goodbye!", "book_appointment"}}},
      {"rescheduled",
       10,
       Direction::inbound,
       "appointment_rescheduled",
       "yes",
       "{name} moved an appointment to {day} at {time}.",
       "Appointment moved",
       {{"agent", kGreeting},
        {"user", "This is {name}. I need to reschedule my appointment, is {day} available?"},
        {"agent", "{day} at {time} is free. Shall I move it?", "check_calendar"},
        {"user", "Yes please, that is great."},
        {"agent", "Done. See you on {day}.", "move_appointment"}}},
      {"cancelled",
       8,
       Direction::inbound,
       "appointment_cancelled",
       "yes",
       "{name} cancelled the appointment on {day}.",
       "Appointment cancelled",
       {{"agent", kGreeting},
        {"user", "Hello, I have to cancel my appointment on {day}. The name is {name}."},
        {"agent", "I have cancelled it. Would you like another day?", "cancel_appointment"},
        {"user", "Not now, thanks."}}},
      {"hours",
       16,
       Direction::inbound,
       "information_provided",
       "yes",
       "The caller asked for the opening hours on {day} and was told them.",
       "Opening hours",
       {{"agent", kGreeting},
        {"user", "I have a question: what are your hours on {day}, and where are you?"},
        {"agent", "We are open from nine to six. I can send you directions."},
        {"user", "That is helpful, I appreciate it."}}},
      {"refund",
       10,
       Direction::inbound,
       "resolved",
       "yes",
       "{name} was charged twice, {amount} euros; a refund was promised.",
       "Double charge",
       {{"agent", kGreeting},
        {"user", "My name is {name} and I was charged twice on my last invoice, {amount} euros."},
        {"agent", "I see it. The refund takes three days.", "open_refund"},
        {"user", "Thank you for looking, that is wonderful."}}},
      {"complaint",
       8,
       Direction::inbound,
       "escalated",
       "no",
       "The caller was upset about a wait of {amount} minutes and was passed on to a person.",
       "Complaint passed on",
       {{"agent", kGreeting},
        {"user", "This is unacceptable. I waited {amount} minutes and nobody came. I want to speak to your manager."},
        {"agent", "I am sorry to hear that. I am connecting you.", "transfer_to_number"},
        {"user", "The worst service, I am really frustrated."}}},
      {"callback",
       9,
       Direction::inbound,
       "callback_requested",
       "yes",
       "{name} asked to be called back on {day} at {time}.",
       "Callback requested",
       {{"agent", kGreeting},
        {"user", "Can you call me back on {day} at {time}? I am driving. It's {name}."},
        {"agent", "We will call you on {day} at {time}.", "schedule_callback"}}},
      {"broken",
       8,
       Direction::inbound,
       "",
       "no",
       "The booking page is not working; the problem was not solved.",
       "Booking page not working",
       {{"agent", kGreeting},
        {"user", "Your booking page is not working, there is an error. Can you fix it?"},
        {"agent", "I cannot see that from here. I have noted the problem."},
        {"user", "That is not good. Bad luck, then."}}},
      {"hung_up", 7, Direction::inbound, "", "", "", "", {{"agent", kGreeting}}},
  };
}

std::vector<Plot> outbound_plots() {
  return {
      {"confirmed",
       40,
       Direction::outbound,
       "appointment_confirmed",
       "yes",
       "{name} confirmed the appointment on {day} at {time}.",
       "Appointment confirmed",
       {{"agent", "Hello, am I speaking with {name}? Your appointment is on {day} at {time}."},
        {"user", "Yes, I will be there. Thanks for the call."},
        {"agent", "Excellent, see you then.", "confirm_appointment"}}},
      {"not_now",
       18,
       Direction::outbound,
       "callback_scheduled",
       "yes",
       "{name} has no time now; call again on {day}.",
       "Call again",
       {{"agent", "Hello, am I speaking with {name}?"},
        {"user", "Yes, but I have no time now. Call me on {day} please."},
        {"agent", "We will, goodbye.", "schedule_callback"}}},
      {"declined",
       12,
       Direction::outbound,
       "",
       "no",
       "{name} wants no more calls.",
       "No more calls",
       {{"agent", "Hello, am I speaking with {name}?"},
        {"user", "I am not happy that you call me. Please stop."},
        {"agent", "I am sorry. We will not call again.", "end_call"}}},
      {"voicemail",
       20,
       Direction::outbound,
       "voicemail",
       "",
       "The call was taken by an answering machine.",
       "Voicemail",
       {{"agent", "Hello, am I speaking with {name}?"},
        {"user", "You have reached a mailbox. Please leave a message after the tone."},
        {"agent", "", "voicemail_detection"}},
       true},
  };
}

std::vector<Plot> all_plots() {
  std::vector<Plot> out = inbound_plots();
  for (Plot& plot : outbound_plots()) out.push_back(std::move(plot));
  return out;
}

}  // namespace

std::span<const Plot> plots() {
  static const std::vector<Plot> kPlots = all_plots();
  return kPlots;
}

}  // namespace hookswitch
