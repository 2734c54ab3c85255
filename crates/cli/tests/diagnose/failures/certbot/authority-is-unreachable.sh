# No way leads to the authority.
# message: authority-unreachable
# today: unknown
certbot certonly --webroot --webroot-path /var/www/html --domain example.com --server https://127.0.0.1:1/dir
