/** What `/modal/btcpay.js` leaves on the page: BTCPay Server's nine members. */

interface BtcpayParams {
  paymentMethodId?: string;
  animateEntrance?: boolean;
}

type BtcpayShow = (invoiceId: string, params?: string | BtcpayParams) => void;

interface Btcpay {
  showInvoice: BtcpayShow;
  appendInvoiceFrame: BtcpayShow;
  appendAndShowInvoiceFrame: BtcpayShow;
  showFrame(): void;
  hideFrame(): void;
  onModalWillEnter(listener: () => void): void;
  onModalWillLeave(listener: () => void): void;
  onModalReceiveMessage(listener: (event: MessageEvent) => void): void;
  setApiUrlPrefix(url: string): void;
}

interface Window {
  btcpay?: Btcpay;
}
