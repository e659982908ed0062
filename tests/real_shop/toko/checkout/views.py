"""The payment page. django-oscar ships a place-holder there and says that every shop must write its own."""

from oscar.apps.checkout import views
from oscar.apps.payment.forms import BankcardForm


class PaymentDetailsView(views.PaymentDetailsView):
    """Offers django-oscar's own bank card form; a bank transfer needs no form and goes on to the preview."""

    def get_context_data(self, **kwargs):
        """Add the card form, empty unless one is being shown again with its errors."""
        kwargs.setdefault("bankcard_form", BankcardForm())
        return super().get_context_data(**kwargs)

    def handle_payment_details_submission(self, request):
        """Check a submitted card, then show the preview with the card in it, hidden and unsaved."""
        form = BankcardForm(request.POST)
        if form.is_valid():
            return self.render_preview(request, bankcard_form=form, pays_by_card=True)
        return self.render_payment_details(request, bankcard_form=form)
