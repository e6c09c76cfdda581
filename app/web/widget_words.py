"""The words of the components, in the language of the page around them."""

from app.phrase import phrase
from app.words import languages
from app.words.voice import voice

# By the name the components know it by. A site may set each to its own.
WORDS = {
    "title": phrase("Checkout"),
    "close": phrase("Close"),
    "continue": phrase("Continue to checkout"),
    "failed": phrase("The checkout could not be opened. Try again."),
    "paid": phrase("Paid. Thank you."),
    "pay": phrase("Pay"),
    "pay_amount": phrase("Pay %(amount)s"),
    "amount": phrase("Amount"),
    "wrong": phrase("Enter an amount, such as %(example)s."),
    "least": phrase("At least %(least)s."),
    "most": phrase("At most %(most)s."),
    "other": phrase("Other amount"),
    "tip": phrase("Leave a tip"),
    "tip_now": phrase("Give tip"),
    "coffee": phrase("Buy me a coffee"),
    "locked": phrase("This part opens once it is paid."),
    "unlock": phrase("Pay and read"),
    "opening": phrase("Paid. Opening…"),
    "opened": phrase("This part is open now."),
    "not_opened": phrase("It is paid, but could not be opened yet. Try again in a moment."),
    "content": phrase("What you paid for"),
    "donate": phrase("Donate"),
    "raised": phrase("Raised: %(raised)s"),
    "goal": phrase("Goal: %(goal)s"),
    "payments": phrase("Payments: %(count)s"),
    "unknown_total": phrase("The total is not shown here right now."),
}


def words(lang: str) -> dict[str, str]:
    """Return the words in a language, or in English; the components fill in what they name."""
    speaker = voice(languages.match(lang) or languages.ENGLISH)
    return {name: speaker.say(text) for name, text in WORDS.items()}
