# The directory for tokens is gone, and dehydrated does not start without it.
# renewal: WELLKNOWN directory doesn't exist
# nginx: keeps the old certificate
# says: renewal-file-broken
mkdir -p /var/lib/dehydrated/acme-challenges
site <<'END'
server {
    listen 80;
    server_name example.com;
    location ^~ /.well-known/acme-challenge/ { alias /var/lib/dehydrated/acme-challenges/; }
}
END
cat >/etc/dehydrated/hook.sh <<'END'
#!/bin/sh
if [ "$1" = deploy_cert ]; then systemctl reload nginx; fi
END
chmod +x /etc/dehydrated/hook.sh
echo 'HOOK=/etc/dehydrated/hook.sh' >/etc/dehydrated/conf.d/hook.sh
echo example.com >/etc/dehydrated/domains.txt
dehydrated --register --accept-terms
dehydrated --cron
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /var/lib/dehydrated/certs/example.com/fullchain.pem;
    ssl_certificate_key /var/lib/dehydrated/certs/example.com/privkey.pem;
    location ^~ /.well-known/acme-challenge/ { alias /var/lib/dehydrated/acme-challenges/; }
}
END
rm -r /var/lib/dehydrated/acme-challenges
