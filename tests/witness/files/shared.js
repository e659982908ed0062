fetch("https://m-shared-worker.test/x");
