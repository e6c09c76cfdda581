// What a site's own bundle would hold: ICPay's widget, and nothing else.
import "@ic-pay/icpay-widget";
