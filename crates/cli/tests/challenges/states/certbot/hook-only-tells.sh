# The hook tells somebody, and no nginx.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --deploy-hook 'echo nginx has a new certificate'
enable tls
