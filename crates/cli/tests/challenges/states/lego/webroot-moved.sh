# The site was moved to another directory, and lego does not know.
# renewal: 404
# nginx: keeps the old certificate
# says: challenge-directory-wrong renewal-too-rare
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains example.com --http --http.webroot /var/www/html run
mkdir -p /etc/cron.daily
cat >/etc/cron.daily/lego <<'END'
#!/bin/sh
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --domains example.com --http --http.webroot /var/www/html \
    renew --days 99 --no-random-sleep --renew-hook 'systemctl reload nginx'
END
chmod +x /etc/cron.daily/lego
mkdir /var/www/site
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /var/lib/lego/certificates/example.com.crt;
    ssl_certificate_key /var/lib/lego/certificates/example.com.key;
    root /var/www/site;
}
END
