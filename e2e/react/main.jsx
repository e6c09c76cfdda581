import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { Opentill } from "../../static/widget/react.js";

const { till, link } = Object.fromEntries(new URLSearchParams(location.search));

function Shop() {
  const [count, setCount] = useState(1);
  const [said, setSaid] = useState([]);
  const note = (name) => (detail) => setSaid((before) => [...before, `${name} ${detail.status ?? detail.code} ${count}`]);
  return (
    <main>
      <button id="more" onClick={() => setCount(count + 1)}>
        More
      </button>
      <Opentill
        src={till}
        id="pay"
        className="pay"
        label={`Pay for ${count}`}
        paymentLink={link}
        quantity={count}
        onStatus={note("status")}
        onSuccess={note("success")}
        onError={note("error")}
      >
        <a href={`${till}/pay/${link}`}>Pay</a>
      </Opentill>
      <ol id="said">
        {said.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ol>
    </main>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <Shop />
  </StrictMode>,
);
