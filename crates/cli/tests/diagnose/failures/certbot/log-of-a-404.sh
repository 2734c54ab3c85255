# The same as in the log, with tracebacks and JSON.
# message: challenge-answered-404
# today: stands
# rules: challenge-directory-wrong
# options: --webroot /var/www/html
mkdir -p /var/www/site
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/site;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com >/dev/null 2>&1
cat /var/log/letsencrypt/letsencrypt.log
