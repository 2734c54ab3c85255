# The hook reloads another service.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
cat >/etc/letsencrypt/renewal-hooks/deploy/nginx <<'END'
#!/bin/sh
systemctl reload postfix
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
