"""The words of the components, in the language of the page around them."""

from app.web.templates import gettext as _


def words() -> dict[str, str]:
    """Return each word by the name the components know it by."""
    return {
        "title": _("Checkout"),
        "close": _("Close"),
        "continue": _("Continue to checkout"),
        "failed": _("The checkout could not be opened. Try again."),
        "paid": _("Paid. Thank you."),
        "pay": _("Pay"),
        "pay_amount": _("Pay %(amount)s"),
        "amount": _("Amount"),
        "wrong": _("Enter an amount, such as %(example)s."),
        "least": _("At least %(least)s."),
        "most": _("At most %(most)s."),
        "other": _("Other amount"),
        "tip": _("Leave a tip"),
        "tip_now": _("Give tip"),
        "coffee": _("Buy me a coffee"),
        "locked": _("This part opens once it is paid."),
        "unlock": _("Pay and read"),
        "opening": _("Paid. Opening…"),
        "opened": _("This part is open now."),
        "not_opened": _("It is paid, but could not be opened yet. Try again in a moment."),
        "content": _("What you paid for"),
        "donate": _("Donate"),
        "raised": _("Raised: %(raised)s"),
        "goal": _("Goal: %(goal)s"),
        "payments": _("Payments: %(count)s"),
        "unknown_total": _("The total is not shown here right now."),
    }
