import { KeyfobProvider, useAuth } from "tauri-plugin-keyfob-api/react";
import { KeyfobSignIn } from "tauri-plugin-keyfob-api/react/sign-in";
import "./App.css";

function Home() {
  const { user, signOut } = useAuth();
  return <button onClick={() => signOut()}>Sign out {user?.name}</button>;
}

export default function App() {
  return (
    <KeyfobProvider>
      <KeyfobSignIn>
        <Home />
      </KeyfobSignIn>
    </KeyfobProvider>
  );
}
