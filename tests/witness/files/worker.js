importScripts("https://m-worker-import.test/x.js");
fetch("https://m-worker-fetch.test/x");
self.socket = new WebSocket("wss://m-worker-websocket.test/ws");
