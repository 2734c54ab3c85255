# lego wants port 80 for itself, and nginx has it.
# renewal: address already in use
# nginx: keeps the old certificate
# says: renewal-too-rare standalone-port-taken
systemctl stop nginx
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains example.com --http run
systemctl start nginx
mkdir -p /etc/cron.daily
cat >/etc/cron.daily/lego <<'END'
#!/bin/sh
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --domains example.com --http \
    renew --days 99 --no-random-sleep --renew-hook 'systemctl reload nginx'
END
chmod +x /etc/cron.daily/lego
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /var/lib/lego/certificates/example.com.crt;
    ssl_certificate_key /var/lib/lego/certificates/example.com.key;
    root /var/www/html;
}
END
